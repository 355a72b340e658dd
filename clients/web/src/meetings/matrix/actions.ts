import { errorWords } from "../../api/errors";
import { navigate, paths } from "../../routes/routes";
import { toast } from "../../ui/toasts";
import { chosenId } from "../../devices/devices";
import { i18n } from "../../i18n/i18n";
import { rooms } from "../../matrix/rooms";
import { readRemembered } from "../prejoin/remembered";
import type { JoinChoices } from "../session/types";
import { called } from "./callees";
import { end, rings, type Ring } from "./rings";

/** What one does about meetings from anywhere; the SDK's part is loaded when it is needed. */

/** The choices of who answers at once: the remembered devices, the microphone on. */
export function quickChoices(camera: boolean, encrypted = false): JoinChoices {
  return {
    microphone: true,
    camera,
    microphoneId: chosenId("microphone"),
    cameraId: chosenId("camera"),
    speakerId: chosenId("speaker"),
    effect: readRemembered().effect,
    encrypted,
  };
}

/** Whom to ring in a meeting that was made for them, by room. */
const chosen = new Map<string, readonly string[]>();

/** These people ring as soon as one is in the meeting, however many they are. */
export function ringWhenInside(roomId: string, userIds: readonly string[]): void {
  if (userIds.length > 0) chosen.set(roomId, userIds);
}

/** Goes into the call of a room; rejects with what `troubleOf` reads. */
export async function enterMeeting(roomId: string, choices: JoinChoices): Promise<void> {
  const { enterRoom } = await import("./enter");
  await enterRoom(roomId, choices, chosen.get(roomId) ?? null);
  chosen.delete(roomId);
}

/** Goes into a meeting that a call goes on as: who is in the call is asked there, and nobody rings. */
export async function enterFromCall(roomId: string, choices: JoinChoices): Promise<void> {
  const { enterRoom } = await import("./enter");
  await enterRoom(roomId, choices, []);
}

/** Answers a meeting that rings, at once. */
export async function answerRing(ring: Ring, camera: boolean): Promise<void> {
  rings.update((state) => end(state, ring.id, "answered"));
  navigate(paths.meeting(ring.roomId));
  const encrypted = rooms.get().byId.get(ring.roomId)?.encrypted ?? false;
  await enterMeeting(ring.roomId, quickChoices(camera, encrypted)).catch(() =>
    toast("error", i18n.t("trouble_failed", { ns: "meetings/room" })),
  );
}

/** Declines on all of one's devices. */
export function declineRing(ring: Ring): void {
  rings.update((state) => end(state, ring.id, "declined"));
  // Not told, it rings on for the caller until its time is over.
  void import("./enter").then(({ decline }) => decline(ring.roomId, ring.id)).catch(() => undefined);
}

/** Rings somebody once more who did not come. */
export async function ringAgain(userId: string): Promise<void> {
  const roomId = called.get()?.roomId;
  if (!roomId) return;
  const { ring } = await import("./enter");
  await ring(roomId, userId).catch((error: unknown) => toast("error", errorWords(error)));
}
