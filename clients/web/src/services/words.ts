import type { TFunction } from "i18next";
import { ownZone, untilMoment } from "../hours/words";
import type { ForwardTarget, ForwardTrouble, Mobile, Services } from "../api/services";
import type { NumberFormat } from "../numbers/numberFormat";
import { active, type Course, exceptions } from "./summary";

type Words = TFunction<"services">;

/** Who a target is: by name where there is one. */
export function targetName(target: ForwardTarget, format: NumberFormat, t: Words): string {
  if (target.kind === "voicemail") return t("voicemail_target");
  if (target.kind === "nobody") return t("nobody_target");
  return target.kind === "colleague" ? target.name : (target.name ?? format(target.shown));
}

/** In one or a few plain sentences, what happens to a call now. */
export function sentences(services: Services, course: Course, t: Words, format: NumberFormat): string[] {
  const name = (target: ForwardTarget): string => targetName(target, format, t);
  return [
    courseWords(services, course, t, name),
    ...(course.kind === "rings" ? course.mobiles.map((each) => mobileWords(each, course.on, t, format)) : []),
    ...(course.kind === "rings" && course.message ? [t("also_message")] : []),
    ...exceptions(services, course).map((situation) => {
      const to = active(services, situation);
      return t(`also_${situation}`, { to: to && name(to) });
    }),
  ];
}

/** Until when what holds now does so by itself, in brackets; nothing where it has no end. */
export function untilWords(services: Services, why: string, t: Words, at: number = Date.now()): string {
  const until = (ends: number | null, zone: string): string =>
    ends === null ? "" : t("until", { until: untilMoment(ends, at, zone) });
  // An end is of the clock that it was chosen by, plans are of the house's.
  if (why === "do_not_disturb") return until(services.do_not_disturb_until, ownZone());
  return ["quiet", "outside_hours", "appointment"].includes(why)
    ? until(services.now.until, services.timezone)
    : "";
}

function courseWords(
  services: Services,
  course: Course,
  t: Words,
  name: (target: ForwardTarget) => string,
): string {
  const until = course.kind === "rings" ? "" : untilWords(services, course.why, t);
  if (course.kind === "straight") return t(`straight_${course.why}`, { to: name(course.to), until });
  if (course.kind === "nowhere") {
    return t(`${course.message ? "message" : "nowhere"}_${course.why}`, { until });
  }
  const { on, next } = course;
  return next ? t(`rings_${on}_then`, { seconds: next.after, to: name(next.to) }) : t(`rings_${on}`);
}

/** What a phone outside does beside the other devices, which it does not wait for where there are none. */
function mobileWords(mobile: Mobile, beside: string, t: Words, format: NumberFormat): string {
  const after = beside === "mobile" ? 0 : mobile.delay;
  const hours = mobile.hours ? t("mobile_in_hours") : "";
  const number = mobile.name ?? format(mobile.shown);
  const words = beside === "mobile" ? "only_mobile" : after ? "also_mobile_after" : "also_mobile";
  return `${t(words, { number, seconds: after })}${hours}.`;
}

/** Why a rule does not do what it says, and what holds instead. */
export function troubleWords({ why, through }: ForwardTrouble, t: Words): string {
  return t(`trouble_${why}`, { through: (through ?? []).join(" → ") });
}
