import { Method, SetPresence, type MatrixClient } from "matrix-js-sdk";
import type { OwnPresence } from "../ownPresence";

/** MSC3026's unstable name, which is what Synapse understands. */
const BUSY = "org.matrix.msc3026.busy";

/** What the sync loop says on each poll. Busy survives "online", so the loop may say that. */
const SYNC: Record<OwnPresence, SetPresence> = {
  available: SetPresence.Online,
  busy: SetPresence.Online,
  away: SetPresence.Unavailable,
  offline: SetPresence.Offline,
};

const STATE: Record<OwnPresence, string> = {
  available: "online",
  away: "unavailable",
  busy: BUSY,
  offline: "offline",
};

/** Makes the sync loop of a started client agree with what was chosen. */
export async function syncPresence(client: MatrixClient, choice: OwnPresence): Promise<void> {
  await client.setSyncPresence(SYNC[choice]);
}

/** Tells the homeserver now, and the sync loop too. `text` is said beside it, "" for nothing. */
export async function announcePresence(
  client: MatrixClient,
  choice: OwnPresence,
  text: string,
): Promise<void> {
  await syncPresence(client, choice);
  // Not `client.setPresence`: it knows no "busy".
  const path = `/presence/${encodeURIComponent(client.getSafeUserId())}/status`;
  const body = { presence: STATE[choice], status_msg: text };
  await client.http.authedRequest(Method.Put, path, undefined, body);
}
