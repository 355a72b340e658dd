import type { Figures } from "../../api/traces";

/** Midnight at the beginning of the first of so many days, today the last; ms since the epoch. */
export function sinceDays(days: number, now: Date): number {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days + 1).getTime();
}

/** All of them together. */
export function total(figures: readonly Figures[]): Figures {
  const sum = (of: (one: Figures) => number): number => figures.reduce((known, one) => known + of(one), 0);
  return {
    key: "",
    calls: sum((one) => one.calls),
    answered: sum((one) => one.answered),
    unanswered: sum((one) => one.unanswered),
    failed: sum((one) => one.failed),
    talked: sum((one) => one.talked),
  };
}
