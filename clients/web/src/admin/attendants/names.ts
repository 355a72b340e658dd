import { createContext, useContext } from "react";
import { i18n } from "../../i18n/i18n";
import type { Action, Attendant, Menu } from "../../api/attendants";
import type { RingGroup } from "../../api/groups";
import { usePeople } from "../../people/people";
import { keysOf, targetOf } from "./attendantDraft";

/** What keys can lead to. */
export interface Around {
  language: "it" | "en";
  groups: readonly RingGroup[];
  attendants: readonly Attendant[];
}

export const AroundContext = createContext<Around>({ language: "it", groups: [], attendants: [] });

/** The name of whom an action reaches; "" where nobody is named, or is there any more. */
export function useTargetName(): (action: Action) => string {
  const { groups, attendants } = useContext(AroundContext);
  const { byId } = usePeople();
  return (action) => {
    const target = targetOf(action) ?? "";
    switch (action.kind) {
      case "group":
        return groups.find((each) => each.id === target)?.name ?? "";
      case "attendant":
        return attendants.find((each) => each.id === target)?.name ?? "";
      case "number":
        return target;
      default:
        return byId.get(target)?.name ?? "";
    }
  };
}

/** Words for a menu, in the attendant's own language: "For Anna, press 1." */
export function suggested(menu: Menu, language: "it" | "en", nameOf: (action: Action) => string): string {
  const t = i18n.getFixedT(language, "admin/attendants");
  const lines = keysOf(menu).flatMap(([key, action]) => {
    const digit = key === "*" ? t("say_star") : key === "#" ? t("say_hash") : key;
    if (action.kind === "menu") return [t("say_menu", { key: digit })];
    if (targetOf(action) === null) return [t(`say_${action.kind as "extension"}`, { key: digit })];
    const name = nameOf(action);
    return name ? [t("say_target", { name, key: digit })] : [];
  });
  return [t("say_welcome"), ...lines].join(" ");
}
