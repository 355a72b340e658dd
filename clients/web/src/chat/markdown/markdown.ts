import { Marked } from "marked";

/** What is written, as Matrix sends it: the text as typed, and HTML only when there is something to format. */
export interface Written {
  body: string;
  html: string | null;
}

export interface Mention {
  userId: string;
  name: string;
}

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    // Angle brackets typed by a person are text, not markup.
    html: ({ text }) => escapeHtml(text),
    // An image in Markdown would be fetched from anywhere by every reader: leave the link.
    image: ({ href, text }) => `<a href="${escapeHtml(href)}">${escapeHtml(text || href)}</a>`,
  },
});

/** Turns typed Markdown into the content of a message; `@Name` of a mention becomes a link to the person. */
export function write(text: string, mentions: readonly Mention[] = []): Written {
  const body = text.trim();
  const html = withMentions((marked.parse(body, { async: false }) as string).trim(), mentions);
  return { body, html: html === plainHtml(body) ? null : html };
}

/** The HTML that a text without any formatting gives. */
function plainHtml(text: string): string {
  const paragraphs = text.split(/\n{2,}/).map((paragraph) => escapeHtml(paragraph).replaceAll("\n", "<br>"));
  return paragraphs.map((paragraph) => `<p>${paragraph}</p>`).join("\n");
}

function withMentions(html: string, mentions: readonly Mention[]): string {
  return mentions.reduce((text, { userId, name }) => {
    const link = `<a href="https://matrix.to/#/${encodeURIComponent(userId)}">${escapeHtml(name)}</a>`;
    return text.replaceAll(`@${escapeHtml(name)}`, link);
  }, html);
}

/** The mentions that still stand in the text: a name may have been deleted after it was chosen. */
export function standing(text: string, mentions: readonly Mention[]): Mention[] {
  const found = mentions.filter(({ name }) => text.includes(`@${name}`));
  return [...new Map(found.map((mention) => [mention.userId, mention])).values()];
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}
