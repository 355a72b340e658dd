import type { Person } from "../api/types";
import type { Peer } from "./call";

const GHOST = /^@_tel_([^:]+):/;

/** The E.164 number behind a telephone's Matrix id (`@_tel_+39…:domain`), null for anybody else. */
export function ghostNumber(userId: string): string | null {
  const number = GHOST.exec(userId)?.[1];
  return number?.startsWith("+") ? number : null;
}

/** Who somebody is, however they are shown: a colleague's id, a telephone's number; null for one that hides it. */
export function identityOf({ userId, number }: Pick<Peer, "userId" | "number">): string | null {
  if (userId !== null && !isTelephone(userId)) return userId;
  return (userId === null ? null : ghostNumber(userId)) ?? number;
}

/** A telephone outside: it takes neither pictures nor messages. */
export function isTelephone(userId: string | null): boolean {
  return userId !== null && GHOST.test(userId);
}

/**
 * How a caller is shown. `given` is the name of the room's member, which for a telephone
 * is its number as the server writes it.
 */
export function peerOf(userId: string, given: string | null, person: Person | undefined): Peer {
  if (person) return { userId, name: person.name, number: person.extensions[0] ?? person.numbers[0] ?? null };
  const number = ghostNumber(userId);
  const name = given && given !== userId ? given : (number ?? localpart(userId));
  return { userId, name, number };
}

function localpart(userId: string): string {
  return userId.replace(/^@/, "").replace(/:.*$/, "");
}
