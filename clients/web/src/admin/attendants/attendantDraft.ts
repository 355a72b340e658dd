import {
  type Action,
  type Attendant,
  type AttendantBody,
  KEYS,
  type Menu,
  type MenuKey,
} from "../../api/attendants";

/** An attendant as it stands in the form. */
export interface AttendantDraft extends Omit<AttendantBody, "numbers"> {
  /** Apart by commas. */
  numbers: string;
}

export const KINDS = [
  "colleague",
  "group",
  "voicemail",
  "number",
  "attendant",
  "menu",
  "extension",
  "name",
  "mailbox_access",
  "repeat",
  "back",
  "hang_up",
] as const satisfies readonly Action["kind"][];
export type Kind = (typeof KINDS)[number];

export function freshMenu(): Menu {
  const prompt = { text: "", sound: null, own: false };
  return { kind: "menu", prompt, keys: {}, otherwise: { kind: "hang_up" }, seconds: 5, tries: 3 };
}

/** An action of a kind, before somebody says whom it is to reach. */
export function freshAction(kind: Kind): Action {
  switch (kind) {
    case "menu":
      return freshMenu();
    case "colleague":
    case "voicemail":
      return { kind, user_id: "" };
    case "number":
      return { kind, number: "" };
    case "group":
      return { kind, group_id: "" };
    case "attendant":
      return { kind, attendant_id: "" };
    default:
      return { kind };
  }
}

export function attendantDraftOf(attendant: Attendant | null, language: "it" | "en"): AttendantDraft {
  if (attendant) {
    const { id: _id, now: _now, numbers, ...rest } = attendant;
    return { ...rest, numbers: numbers.map((each) => each.display).join(", ") };
  }
  return {
    name: "",
    extension: "",
    numbers: "",
    language,
    hours: null,
    open: freshMenu(),
    closed: null,
    holiday: null,
  };
}

/** What is sent; or what is wrong. */
export function attendantBodyOf(draft: AttendantDraft): AttendantBody | "target" {
  const by = draft.hours !== null;
  const branches = [draft.open, ...(by ? [draft.closed, draft.holiday] : [])];
  if (branches.some((each) => each !== null && !isWhole(each))) return "target";
  return {
    ...draft,
    name: draft.name.trim(),
    extension: draft.extension.trim(),
    numbers: draft.numbers
      .split(/[,;\n]/)
      .map((each) => each.trim())
      .filter(Boolean),
    closed: by ? draft.closed : null,
    holiday: by ? draft.holiday : null,
  };
}

/** Whether each target below is named. */
function isWhole(action: Action): boolean {
  if (action.kind === "menu") return [...Object.values(action.keys), action.otherwise].every(isWhole);
  return targetOf(action) !== "";
}

/** Whom an action reaches: an id, or a number; null where it reaches nobody. */
export function targetOf(action: Action): string | null {
  switch (action.kind) {
    case "colleague":
    case "voicemail":
      return action.user_id;
    case "number":
      return action.number.trim();
    case "group":
      return action.group_id;
    case "attendant":
      return action.attendant_id;
    default:
      return null;
  }
}

/** The keys of a menu that do something, in the order of a telephone. */
export function keysOf(menu: Menu): [MenuKey, Action][] {
  return KEYS.flatMap((key) => {
    const action = menu.keys[key];
    return action ? [[key, action] as [MenuKey, Action]] : [];
  });
}

/** The first key that does nothing yet; null where all do. */
export function freeKey(menu: Menu): MenuKey | null {
  return KEYS.find((key) => !(key in menu.keys)) ?? null;
}

/** The menu with one of its keys doing something else, or nothing. */
export function withKey(menu: Menu, key: MenuKey, action: Action | null): Menu {
  const { [key]: _before, ...others } = menu.keys;
  return { ...menu, keys: action ? { ...others, [key]: action } : others };
}

/** The menu with what one key does on another that is free. */
export function movedKey(menu: Menu, from: MenuKey, to: MenuKey): Menu {
  const action = menu.keys[from];
  return !action || to in menu.keys ? menu : withKey(withKey(menu, from, null), to, action);
}
