import type { Lane, Step } from "../../api/traces";

/** Where an arrow stands in a grid with two columns a lane, whose middle is a lane's line. */
export interface Arrow {
  /** Grid lines (from 1) between which it is drawn. */
  from: number;
  to: number;
  towards: "right" | "left";
}

/** The arrow of a step; null for one between lanes that are not there. */
export function arrowOf(step: Step, lanes: readonly Lane[]): Arrow | null {
  const source = lanes.findIndex((lane) => lane.id === step.source);
  const target = lanes.findIndex((lane) => lane.id === step.target);
  if (source < 0 || target < 0 || source === target) return null;
  const [left, right] = source < target ? [source, target] : [target, source];
  return { from: 2 * left + 2, to: 2 * right + 2, towards: source < target ? "right" : "left" };
}

/** Steps with their place: the same message may come twice in a millisecond. */
export function numbered(steps: readonly Step[]): { number: number; step: Step }[] {
  return steps.map((step, index) => ({ number: index + 1, step }));
}
