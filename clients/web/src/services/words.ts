import type { TFunction } from "i18next";
import type { ForwardTarget, ForwardTrouble, Services } from "../api/services";
import type { NumberFormat } from "../numbers/numberFormat";
import { active, type Course, exceptions } from "./summary";

type Words = TFunction<"services">;

/** Who a target is: by name where there is one. */
export function targetName(target: ForwardTarget, format: NumberFormat, t: Words): string {
  if (target.kind === "voicemail") return t("voicemail_target");
  return target.kind === "colleague" ? target.name : (target.name ?? format(target.shown));
}

/** In one or a few plain sentences, what happens to a call now. */
export function sentences(services: Services, course: Course, t: Words, format: NumberFormat): string[] {
  const name = (target: ForwardTarget): string => targetName(target, format, t);
  return [
    courseWords(course, t, name),
    ...(course.kind === "rings" && course.message ? [t("also_message")] : []),
    ...exceptions(services, course).map((situation) => {
      const to = active(services, situation);
      return t(`also_${situation}`, { to: to && name(to) });
    }),
  ];
}

function courseWords(course: Course, t: Words, name: (target: ForwardTarget) => string): string {
  if (course.kind === "straight") return t(`straight_${course.why}`, { to: name(course.to) });
  if (course.kind === "nowhere") return t(`${course.message ? "message" : "nowhere"}_${course.why}`);
  const { on, next } = course;
  return next ? t(`rings_${on}_then`, { seconds: next.after, to: name(next.to) }) : t(`rings_${on}`);
}

/** Why a rule does not do what it says, and what holds instead. */
export function troubleWords({ why, through }: ForwardTrouble, t: Words): string {
  return t(`trouble_${why}`, { through: (through ?? []).join(" → ") });
}
