import type { ForwardRule, ForwardTarget, Mobile, Services, Situation } from "../api/services";

/** Why nothing of mine rings. */
type Silence = "do_not_disturb" | "quiet" | "appointment" | "no_device";

/** What happens to a call now, from which words and picture are made. */
export type Course =
  /** It goes to somebody at once, without ringing. */
  | { kind: "straight"; why: "always" | "outside_hours" | Silence; to: ForwardTarget }
  /** It rings nowhere: the caller hears why, or leaves a message. */
  | { kind: "nowhere"; why: "outside_hours" | Silence; message: boolean }
  | {
      kind: "rings";
      on: "both" | "here" | "desk_phone" | "mobile";
      /** My phones outside that ring beside them, or alone. */
      mobiles: readonly Mobile[];
      next: { to: ForwardTarget; after: number } | null;
      /** Who gets no answer leaves a message. */
      message: boolean;
    };

/** What of me counts beside my services: whether a desk phone is connected, and my mailbox takes messages. */
export interface Means {
  deskPhone: boolean;
  mailbox: boolean;
}

/** What happens to a call that comes now and finds me free. This page is a device that is there. */
export function courseOf(services: Services, { deskPhone, mailbox }: Means): Course {
  const always = active(services, "always");
  if (always) return { kind: "straight", why: "always", to: always };
  const outside = away(services);
  if (outside?.kind === "nobody") return { kind: "nowhere", why: "outside_hours", message: mailbox };
  if (outside) return { kind: "straight", why: "outside_hours", to: outside };
  const busy = active(services, "busy");
  if (services.do_not_disturb) return silent("do_not_disturb", busy, mailbox);
  if (services.now.quiet) return silent("quiet", busy, mailbox);
  if (services.now.appointment) return silent("appointment", busy, mailbox);
  const desk = services.rings.desk_phone && deskPhone;
  const { clients } = services.rings;
  const mobiles = ringing(services);
  if (!desk && !clients && mobiles.length === 0)
    return silent("no_device", active(services, "unreachable"), mailbox);
  const to = active(services, "no_answer");
  const on = desk && clients ? "both" : desk ? "desk_phone" : clients ? "here" : "mobile";
  const next = to && { to, after: services.no_answer.after };
  return { kind: "rings", on, mobiles, next, message: mailbox && next === null };
}

/** My phones outside that are to ring, be it in their hours alone. */
function ringing({ mobiles }: Services): Mobile[] {
  return mobiles.filter(({ on, trouble }) => on && trouble === null);
}

/** Where calls go because it is outside my hours now. */
function away(services: Services): ForwardTarget | null {
  return services.now.outside_hours ? active(services, "outside_hours") : null;
}

function silent(why: Silence, to: ForwardTarget | null, message: boolean): Course {
  return to ? { kind: "straight", why, to } : { kind: "nowhere", why, message };
}

/** Where a rule leads that is on and does what it says. */
export function active(services: Services, situation: Situation): ForwardTarget | null {
  const rule: ForwardRule = services[situation];
  // Calls follow a ring of forwards, and one that is too long, until it is cut: somebody rings at its end.
  const dead = services.troubles.some(
    (trouble) => trouble.situation === situation && trouble.why !== "loop" && trouble.why !== "too_long",
  );
  return rule.on && !dead ? rule.target : null;
}

/** What else holds beside the course of a call that rings: the situations in which it takes another one. */
export function exceptions(services: Services, course: Course): ("busy" | "unreachable")[] {
  if (course.kind !== "rings") return [];
  return (["busy", "unreachable"] as const).filter((situation) => active(services, situation) !== null);
}

/** What should be seen on every page: that my calls do not ring as they usually do. */
export function remarkable(services: Services): "always" | "outside_hours" | Silence | null {
  if (active(services, "always")) return "always";
  if (away(services)) return "outside_hours";
  if (services.do_not_disturb) return "do_not_disturb";
  if (services.now.quiet) return "quiet";
  if (services.now.appointment) return "appointment";
  const { desk_phone: desk, clients } = services.rings;
  return desk || clients || ringing(services).length > 0 ? null : "no_device";
}

/** Whether a call that another client places reaches this page's bell. */
export function ringsHere(services: Services): boolean {
  const silenced =
    services.do_not_disturb || services.now.quiet || services.now.appointment || away(services) !== null;
  return active(services, "always") === null && !silenced && services.rings.clients;
}

/** Whether a call that has rung here may go on to somebody else. */
export function maySendOn(services: Services): boolean {
  return (["busy", "no_answer", "unreachable"] as const).some((situation) => active(services, situation));
}
