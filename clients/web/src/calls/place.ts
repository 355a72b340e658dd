import { api } from "../api/client";
import { errorWords } from "../api/errors";
import { toast } from "../ui/toasts";
import { i18n } from "../i18n/i18n";
import { people } from "../people/people";
import { CallsNotReady, calls } from "./manager";
import { isTelephone, peerOf } from "./peer";

/** Calls a person by their Matrix id in the direct room of the two. True when the call was placed. */
export function callUser(userId: string, video = false): Promise<boolean> {
  return attempt(async () => {
    const { room_id: roomId } = await api.directRoom(userId);
    await placeIn(roomId, userId, null, video);
  });
}

/** Calls the other member of a room that is known already. `name` is used for who is not in the directory. */
export function callInRoom(
  roomId: string,
  userId: string,
  name: string | null,
  video = false,
): Promise<boolean> {
  return attempt(() => placeIn(roomId, userId, name, video));
}

/**
 * Calls whatever was typed or pasted: an extension, a number in any spelling, a `tel:` link; in the name of a colleague
 * (a user id) who lets me.
 */
export function dial(number: string, video = false, onBehalfOf?: string): Promise<boolean> {
  return attempt(async () => {
    const target = await api.dial(number, onBehalfOf);
    await placeIn(target.room_id, target.user_id, target.display, video, onBehalfOf);
  });
}

/** How to call somebody back: the colleague, else the number; null for a hidden number. */
export function callBack(
  { user_id: userId, number }: { user_id: string | null; number: string | null },
  video = false,
): (() => Promise<boolean>) | null {
  if (userId && !isTelephone(userId)) return () => callUser(userId, video);
  return number ? () => dial(number) : null;
}

async function placeIn(
  roomId: string,
  userId: string,
  name: string | null,
  video: boolean,
  onBehalfOf?: string,
): Promise<void> {
  const peer = peerOf(userId, name, people.get().byId.get(userId));
  await calls.place({ roomId, peer: { ...peer, userId }, video, ...(onBehalfOf && { onBehalfOf }) });
}

/** Says in words what kept a call from being placed. */
async function attempt(place: () => Promise<void>): Promise<boolean> {
  try {
    await place();
    return true;
  } catch (error) {
    toast("error", error instanceof CallsNotReady ? i18n.t("not_ready", { ns: "calls" }) : errorWords(error));
    return false;
  }
}
