import { EventType, KnownMembership, type MatrixClient, type Room } from "matrix-js-sdk";

type DirectContent = Record<string, string[]>;

function directContent(client: MatrixClient): DirectContent {
  return (client.getAccountData(EventType.Direct)?.getContent() ?? {}) as DirectContent;
}

/** The other person of each direct room, by room id (account data `m.direct`). */
export function directRooms(client: MatrixClient): Map<string, string> {
  const found = new Map<string, string>();
  for (const [userId, roomIds] of Object.entries(directContent(client))) {
    if (!Array.isArray(roomIds)) continue;
    for (const roomId of roomIds) found.set(roomId, userId);
  }
  return found;
}

/** The other person when the invitation says that the room is direct (our own `m.direct` is not yet set). */
export function directInviter(room: Room): string | null {
  return room.getMyMembership() === KnownMembership.Invite ? (room.getDMInviter() ?? null) : null;
}

/** Notes in `m.direct` that the room is the one with this person. */
export async function markDirect(client: MatrixClient, roomId: string, userId: string): Promise<void> {
  const content = directContent(client);
  const before = content[userId] ?? [];
  if (before.includes(roomId)) return;
  await client.setAccountData(EventType.Direct, { ...content, [userId]: [roomId, ...before] });
}
