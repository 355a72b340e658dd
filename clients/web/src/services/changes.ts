import { type ForwardTarget, type Services, type ServicesChange, SITUATIONS } from "../api/services";
import type { Target } from "../calls/control/targets";

/** What the services are to be after a change; whether a rule then does what it says is the house's to find out. */
export function changed(services: Services, change: ServicesChange): Services {
  const until = change.do_not_disturb_until;
  const pressed = until !== undefined || change.do_not_disturb !== undefined;
  const next: Services = {
    ...services,
    do_not_disturb: until !== undefined || (change.do_not_disturb ?? services.do_not_disturb),
    do_not_disturb_until: pressed ? (until ?? null) : services.do_not_disturb_until,
    hours: change.hours ?? services.hours,
    quiet: { ...services.quiet, ...change.quiet },
    // What is switched off holds no more; when something begins is the house's to say.
    now: {
      ...services.now,
      outside_hours: services.now.outside_hours && change.outside_hours?.on !== false,
      quiet: services.now.quiet && change.quiet?.on !== false,
    },
    rings: change.rings ?? services.rings,
    troubles: services.troubles.filter(({ situation }) => change[situation] === undefined),
  };
  for (const situation of SITUATIONS) {
    Object.assign(next, { [situation]: { ...services[situation], ...change[situation] } });
  }
  return next;
}

/** Somebody who was found as the target of a forward. */
export function forwardTo({ userId, name, to }: Target): ForwardTarget {
  return userId === null
    ? { kind: "number", number: to, shown: to, name: name === to ? null : name }
    : { kind: "colleague", user_id: userId, name, number: to };
}

/** Seconds that are offered for "no answer": the usual ones that the house takes, and the one that is chosen. */
export function secondsOffered(chosen: number, most: number): number[] {
  const usual = [10, 15, 20, 25, 30, 40, 60, 90, 120].filter((seconds) => seconds <= most);
  return [...new Set([...usual, chosen])].toSorted((a, b) => a - b);
}
