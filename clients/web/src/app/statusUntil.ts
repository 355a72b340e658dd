/** For how long a status holds. "kept" is as it was set before. */
export type Lasting = "always" | "half_hour" | "hour" | "today" | "week" | "kept";

export const LASTING: readonly Exclude<Lasting, "kept">[] = ["always", "half_hour", "hour", "today", "week"];

/** The moment, in milliseconds since the epoch, at which a status that is set now ends; null: it stays. A week
 *  ends with its Sunday. */
export function untilOf(lasting: Lasting, now: Date, kept: number | null): number | null {
  switch (lasting) {
    case "always":
      return null;
    case "kept":
      return kept;
    case "half_hour":
      return now.getTime() + 30 * 60_000;
    case "hour":
      return now.getTime() + 60 * 60_000;
    case "today":
      return midnightAfter(now, 1);
    case "week":
      return midnightAfter(now, ((7 - now.getDay()) % 7) + 1);
  }
}

/** The midnight that begins the day so many days from now. */
function midnightAfter(now: Date, days: number): number {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days).getTime();
}
