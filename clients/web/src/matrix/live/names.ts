import type { ICreateClientOpts, Room } from "matrix-js-sdk";
import { numberFormat } from "../../numbers/numberFormat";
import { people } from "../../people/people";
import { i18n } from "../../i18n/i18n";
import { ghostNumber } from "../rooms";

/**
 * How a member is called: the directory's name, else the room's, else the readable part of the id. A telephone's
 * number is written as everywhere.
 */
export function memberName(room: Room | null, userId: string): string {
  const person = people.get().byId.get(userId);
  if (person) return person.name;
  const member = room?.getMember(userId)?.rawDisplayName;
  const number = ghostNumber(userId);
  const named = member && member !== userId ? member : null;
  if (number !== null) return numberFormat.get()(named ?? number);
  return named ?? userId.slice(1).split(":")[0] ?? userId;
}

/** Names of rooms without a name of their own, in the person's language. */
export const roomName: ICreateClientOpts["roomNameGenerator"] = (_roomId, state) => {
  if ("names" in state) {
    const others = state.count - 1;
    const [first = "", second = ""] = state.names;
    if (state.names.length === 1 && others <= 1) return first;
    if (state.names.length >= 2 && others <= 2) return i18n.t("name_two", { ns: "chat", first, second });
    return i18n.t("name_many", { ns: "chat", first, count: Math.max(1, others - 1) });
  }
  return "name" in state ? state.name : i18n.t("name_empty", { ns: "chat" });
};
