import type { LiveCall, Member } from "../../api/calls";
import { i18n } from "../../i18n/i18n";
import { numberFormat } from "../../numbers/numberFormat";
import { people } from "../../people/people";
import type { Peer } from "../call";
import { identityOf } from "../peer";

/** Names that this page has shown somebody by: the house tells those of telephones outside to nobody. */
const names = new Map<string, string>();

/** Keeps what somebody in a call is called here, for when the call is one of several. */
export function rememberName(peer: Peer): void {
  const identity = identityOf(peer);
  if (identity !== null) names.set(identity, peer.name);
}

export function forgetNames(): void {
  names.clear();
}

/** Those who talk with me in a call of several; none in a call of two. */
export function together(call: LiveCall | undefined): readonly Member[] {
  return call?.members.filter(({ state }) => state !== "calling") ?? [];
}

/** All of them, by their names, as the one other side of a call of several. */
export function peerOfAll(members: readonly Member[]): Peer {
  return { userId: null, number: null, name: members.map(nameOf).join(", ") };
}

function nameOf({ party }: Member): string {
  const person = party.user_id === null ? undefined : people.get().byId.get(party.user_id);
  if (person) return person.name;
  const known = names.get(identityOf({ userId: party.user_id, number: party.number }) ?? "");
  const name = known ?? (party.name || party.number) ?? "";
  return numberFormat.get()(name) || i18n.t("hidden_number", { ns: "calls" });
}
