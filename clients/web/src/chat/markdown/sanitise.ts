import DOMPurify, { type Config } from "dompurify";

/** Tags that the Matrix spec recommends to allow in `formatted_body`, without images and font colours. */
const TAGS = (
  "del h1 h2 h3 h4 h5 h6 blockquote p a ul ol sup sub li b i u strong em s code hr br div span " +
  "table thead tbody tr th td caption pre details summary"
).split(" ");

const CONFIG: Config = {
  ALLOWED_TAGS: TAGS,
  ALLOWED_ATTR: ["href", "start", "class"],
  // Ours mean something to us: only what is listed may come from others.
  ALLOW_DATA_ATTR: false,
  ALLOWED_URI_REGEXP: /^(?:https?|mailto|tel|matrix):/i,
  FORBID_CONTENTS: ["script", "style", "mx-reply"],
  RETURN_DOM_FRAGMENT: true,
};

const MENTION = /^https:\/\/matrix\.to\/#\/(@[^/?]+)/;

/**
 * The safe HTML of a message that somebody sent. Links open outside; a link to a person becomes a mention
 * (`data-mention` holds the Matrix id), marked as mine when it is me.
 */
export function sanitise(html: string, me: string): string {
  const fragment = DOMPurify.sanitize(html, CONFIG) as unknown as DocumentFragment;
  for (const element of fragment.querySelectorAll("[class]")) keepLanguageClass(element);
  // What scrolls sideways must be reachable by keyboard.
  for (const block of fragment.querySelectorAll("pre, table")) block.setAttribute("tabindex", "0");
  for (const link of fragment.querySelectorAll("a")) finishLink(link, me);
  const holder = document.createElement("div");
  holder.append(fragment);
  return holder.innerHTML;
}

/** A class may only name the language of a code block: ours must not be borrowed. */
function keepLanguageClass(element: Element): void {
  const kept = [...element.classList].filter(
    (name) => element.tagName === "CODE" && name.startsWith("language-"),
  );
  if (kept.length > 0) element.className = kept.join(" ");
  else element.removeAttribute("class");
}

function finishLink(link: HTMLAnchorElement, me: string): void {
  const userId = mentioned(link.getAttribute("href") ?? "");
  if (userId === null) {
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow";
    return;
  }
  const mention = document.createElement("span");
  mention.dataset.mention = userId;
  if (userId === me) mention.dataset.me = "";
  mention.textContent = `@${(link.textContent ?? "").replace(/^@/, "")}`;
  link.replaceWith(mention);
}

function mentioned(href: string): string | null {
  try {
    return MENTION.exec(decodeURIComponent(href))?.[1] ?? null;
  } catch {
    return null;
  }
}
