/** The text of a reply without the fallback quotation that older clients put before it. */
export function withoutReplyFallback(body: string): string {
  if (!body.startsWith("> ")) return body;
  const lines = body.split("\n");
  const first = lines.findIndex((line) => !line.startsWith("> "));
  // Nothing but a quotation: somebody meant it.
  if (first < 0) return body;
  return lines.slice(first).join("\n").trimStart();
}
