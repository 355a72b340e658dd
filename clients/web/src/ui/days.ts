export interface Day<T> {
  /** "2026-11-23", in the reader's own time zone. */
  key: string;
  /** Midnight at its beginning. */
  date: Date;
  items: T[];
}

function dayOf(time: number): Date {
  const date = new Date(time);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}

function keyOf(date: Date): string {
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** What began (`at`, ms since the epoch) on the same day together, in its order. */
export function byDay<T>(items: readonly T[], at: (item: T) => number): Day<T>[] {
  const days: Day<T>[] = [];
  for (const item of items) {
    const date = dayOf(at(item));
    const key = keyOf(date);
    const last = days.at(-1);
    if (last?.key === key) last.items.push(item);
    else days.push({ key, date, items: [item] });
  }
  return days;
}

/** How many days before today a moment lies. */
export function daysAgo(date: Date, now: Date): number {
  const today = dayOf(now.getTime());
  return Math.round((today.getTime() - dayOf(date.getTime()).getTime()) / 86_400_000);
}
