import { describe, expect, test } from "vitest";
import { standing, write } from "./markdown";
import { sanitise } from "./sanitise";

const ME = "@me:localhost";

describe("writing", () => {
  test.each(["hello", "two\nlines", "two\n\nparagraphs", "5 < 6 & 'quotes' \"too\"", "ciao 👋"])(
    "%j has nothing to format, so no HTML is sent",
    (text) => {
      expect(write(text)).toEqual({ body: text, html: null });
    },
  );

  test.each([
    ["**bold** and *italic*", "<p><strong>bold</strong> and <em>italic</em></p>"],
    ["`code`", "<p><code>code</code></p>"],
    ["~~gone~~", "<p><del>gone</del></p>"],
    ["> quoted", "<blockquote>\n<p>quoted</p>\n</blockquote>"],
    ["- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"],
  ])("%j becomes %j", (text, html) => {
    expect(write(text)).toEqual({ body: text, html });
  });

  test("angle brackets typed by a person stay text", () => {
    expect(write("**a** <b>x</b>").html).toBe("<p><strong>a</strong> &lt;b&gt;x&lt;/b&gt;</p>");
  });

  test("an image from elsewhere is sent as a link", () => {
    expect(write("![cat](https://example.org/cat.png)").html).toBe(
      '<p><a href="https://example.org/cat.png">cat</a></p>',
    );
  });

  test("a mention becomes a link to the person", () => {
    const { body, html } = write("hi @Anna Rossi!", [{ userId: "@anna:localhost", name: "Anna Rossi" }]);
    expect(body).toBe("hi @Anna Rossi!");
    expect(html).toContain('<a href="https://matrix.to/#/%40anna%3Alocalhost">Anna Rossi</a>');
  });

  test("a mention that was deleted from the text is not sent", () => {
    const anna = { userId: "@anna:localhost", name: "Anna" };
    const bruno = { userId: "@bruno:localhost", name: "Bruno" };
    expect(standing("hi @Bruno @Bruno", [anna, bruno, bruno])).toEqual([bruno]);
  });
});

describe("showing", () => {
  test.each([
    ['<img src=x onerror="alert(1)">', ""],
    ["<script>alert(1)</script>ok", "ok"],
    ['<p onclick="x()">ok</p>', "<p>ok</p>"],
    ['<a href="javascript:alert(1)">x</a>', "x"],
    ["<mx-reply>old</mx-reply>new", "new"],
    ['<p style="position:fixed">x</p>', "<p>x</p>"],
    ['<div class="modal">x</div>', "<div>x</div>"],
    ["<iframe src=https://example.org></iframe>x", "x"],
  ])("%j is shown as %j", (html, safe) => {
    expect(sanitise(html, ME).replace(/<a target[^>]*>|<\/a>/g, "")).toBe(safe);
  });

  test("a link opens outside, and tells nobody where from", () => {
    const html = sanitise('<a href="https://example.org">x</a>', ME);
    expect(html).toContain('target="_blank"');
    expect(html).toContain("noopener noreferrer");
  });

  test("what was written comes back as it was meant", () => {
    const { html } = write("**Hi** @Me", [{ userId: ME, name: "Me" }]);
    expect(sanitise(html ?? "", ME)).toBe(
      `<p><strong>Hi</strong> <span data-mention="${ME}" data-me="">@Me</span></p>`,
    );
  });

  test("the language of a code block is kept, any other class is not", () => {
    expect(sanitise('<code class="language-python evil">x</code>', ME)).toBe(
      '<code class="language-python">x</code>',
    );
  });
});
