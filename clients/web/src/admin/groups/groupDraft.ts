import type { GroupBody, GroupMember, Otherwise, QueueTerms, RingGroup, Strategy } from "../../api/groups";

export const TARGETS = ["nowhere", "colleague", "voicemail", "number", "group", "attendant"] as const;
export type TargetKind = (typeof TARGETS)[number];

/** A group as it stands in the form: every field as it is typed. */
export interface GroupDraft {
  name: string;
  extension: string;
  /** Apart by commas. */
  numbers: string;
  strategy: Strategy;
  seconds: string;
  ringBusy: boolean;
  members: readonly GroupMember[];
  target: TargetKind;
  /** The person, the number, the group or the attendant of the target; "" while none is chosen. */
  to: string;
  /** Callers wait for whoever is on duty. */
  queue: boolean;
  /** How they wait, as it is typed; kept while it is no queue. */
  terms: Record<Term, string>;
  welcome: boolean;
  callBack: string;
  /** Supervisors may hear its calls. */
  listening: boolean;
  listeningTold: boolean;
  supervisors: readonly { user_id: string; name: string }[];
}

/** What is typed of a queue, and its least and most. */
export const TERMS = {
  wrap_up: [0, 3600],
  most: [1, 500],
  longest: [10, 14_400],
  announce: [0, 600],
  answered_within: [1, 600],
} as const;
export type Term = keyof typeof TERMS;
const USUAL: QueueTerms = {
  wrap_up: 15,
  most: 50,
  longest: 900,
  announce: 45,
  answered_within: 20,
  welcome: true,
  call_back: "",
  listening: false,
  listening_told: true,
  supervisors: [],
};

export const SECONDS = { least: 5, most: 120 } as const;

export function groupDraftOf(group: RingGroup | null): GroupDraft {
  return {
    name: group?.name ?? "",
    extension: group?.extension ?? "",
    numbers: group?.numbers.map((each) => each.display).join(", ") ?? "",
    strategy: group?.strategy ?? "all",
    seconds: String(group?.seconds ?? 20),
    ringBusy: group ? !group.skip_busy : false,
    members: group?.members ?? [],
    target: group?.otherwise?.kind ?? "nowhere",
    to: group?.otherwise ? identityOf(group.otherwise) : "",
    queue: Boolean(group?.waiting),
    terms: termsOf(group?.waiting ?? USUAL),
    welcome: group?.waiting?.welcome ?? USUAL.welcome,
    callBack: group?.waiting?.call_back ?? USUAL.call_back,
    listening: group?.waiting?.listening ?? USUAL.listening,
    listeningTold: group?.waiting?.listening_told ?? USUAL.listening_told,
    supervisors: group?.supervisors ?? [],
  };
}

function termsOf(terms: QueueTerms): Record<Term, string> {
  const { wrap_up, most, longest, announce, answered_within } = terms;
  return {
    wrap_up: String(wrap_up),
    most: String(most),
    longest: String(longest),
    announce: String(announce),
    answered_within: String(answered_within),
  };
}

/** Null where one of them is not a number within its bounds. */
function queueTerms(draft: GroupDraft): QueueTerms | null {
  const { terms, welcome, callBack, listening, listeningTold, supervisors } = draft;
  const read = (term: Term): number => {
    const [least, most] = TERMS[term];
    const value = terms[term].trim() === "" ? Number.NaN : Number(terms[term]);
    return Number.isInteger(value) && value >= least && value <= most ? value : Number.NaN;
  };
  const found = {
    wrap_up: read("wrap_up"),
    most: read("most"),
    longest: read("longest"),
    announce: read("announce"),
    answered_within: read("answered_within"),
  };
  if (Object.values(found).some(Number.isNaN)) return null;
  return {
    ...found,
    welcome,
    call_back: callBack,
    listening,
    listening_told: listeningTold,
    supervisors: supervisors.map((one) => one.user_id),
  };
}

function identityOf(target: Otherwise): string {
  if (target.kind === "number") return target.number;
  if (target.kind === "attendant") return target.attendant_id;
  return target.kind === "group" ? target.group_id : target.user_id;
}

/** What is sent; or which field is wrong. */
export function groupBodyOf(draft: GroupDraft): GroupBody | "seconds" | "target" | "queue" {
  const seconds = Number(draft.seconds);
  if (!Number.isInteger(seconds) || seconds < SECONDS.least || seconds > SECONDS.most) return "seconds";
  if (draft.target !== "nowhere" && draft.to.trim() === "") return "target";
  const waiting = draft.queue ? queueTerms(draft) : null;
  if (draft.queue && waiting === null) return "queue";
  return {
    name: draft.name.trim(),
    extension: draft.extension.trim(),
    numbers: draft.numbers
      .split(/[,;\n]/)
      .map((each) => each.trim())
      .filter(Boolean),
    strategy: draft.strategy,
    seconds,
    skip_busy: !draft.ringBusy,
    members: draft.members.map(({ user_id, here }) => ({ user_id, here })),
    otherwise: targetOf(draft.target, draft.to.trim()),
    waiting,
  };
}

function targetOf(kind: TargetKind, to: string): Otherwise | null {
  switch (kind) {
    case "nowhere":
      return null;
    case "number":
      return { kind, number: to };
    case "group":
      return { kind, group_id: to };
    case "attendant":
      return { kind, attendant_id: to };
    default:
      return { kind, user_id: to };
  }
}

/** The list with the one at `place` moved by `step`; as it was where there is no room. */
export function moved<T>(list: readonly T[], place: number, step: 1 | -1): readonly T[] {
  const [here, there] = [list[place], list[place + step]];
  if (here === undefined || there === undefined) return list;
  return list.with(place, there).with(place + step, here);
}
