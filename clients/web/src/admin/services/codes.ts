/** Dialled as they stand. */
const PLAIN = [
  "voicemail",
  "voicemail_of",
  "pick_up",
  "pick_up_group",
  "park",
  "move",
  "merge",
  "record",
] as const;
/** Dialled with a star to switch on, with a hash to switch off. */
const PAIRS = [
  "forward_always",
  "forward_busy",
  "forward_no_answer",
  "forward_unreachable",
  "forward_off",
  "do_not_disturb",
  "call_back",
  "group",
  "duty",
  "break",
  "call_for",
] as const;

export const CODES = [...PLAIN, ...PAIRS] as const;
export type CodeName = (typeof CODES)[number];

export function isPair(name: CodeName): boolean {
  return (PAIRS as readonly string[]).includes(name);
}

/** Those that differ from what holds, without the spaces around. */
export function changedCodes(
  draft: Readonly<Record<string, string>>,
  codes: Readonly<Record<string, string>>,
): Record<string, string> {
  const tidy = Object.entries(draft).map(([name, code]) => [name, code.trim()] as const);
  return Object.fromEntries(tidy.filter(([name, code]) => code !== codes[name]));
}
