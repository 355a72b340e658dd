import { toast } from "../../ui/toasts";
import { calls } from "../../calls/manager";
import { isEngaged } from "../../calls/call";
import { goingOver } from "../../calls/control/goingOver";
import { notificationsAllowed } from "../../calls/notifications";
import { TonePlayer } from "../../calls/tones";
import { navigate, paths } from "../../routes/routes";
import { i18n } from "../../i18n/i18n";
import { connection, restartGuards } from "../../matrix/connection";
import { rooms } from "../../matrix/rooms";
import { onSessionEnd } from "../../session/session";
import { dismissMeeting, inMeeting, leaveMeeting, meeting } from "../session/meeting";
import { isLive } from "../session/phase";
import { answerRing } from "../matrix/actions";
import { audible, expire, nextExpiry, rings, type Ring } from "../matrix/rings";
import { followGoingOver } from "./goOver";
import { callerOf } from "./words";

/** Makes meetings work while somebody is signed in; the answer ends it. */
export function startMeetings(): () => void {
  const ends = [
    followClient(),
    followRings(),
    followExpiry(),
    followTelephone(),
    followGoingOver(),
    followUnload(),
    followKeys(),
    guardRestart(),
    onSessionEnd(dismissMeeting),
  ];
  return () => {
    for (const end of ends) end();
    void dismissMeeting();
  };
}

/** Joins the meetings to the Matrix client as soon as there is one. */
function followClient(): () => void {
  let joined: { client: unknown; end: (() => void) | null } = { client: null, end: null };
  const onChange = (): void => {
    const { client } = connection.get();
    if (client === joined.client) return;
    joined.end?.();
    const current: typeof joined = { client, end: null };
    joined = current;
    if (!client) return;
    void import("../matrix/follow").then(({ followMeetings }) => {
      if (joined === current) current.end = followMeetings(client);
    });
  };
  const unsubscribe = connection.subscribe(onChange);
  onChange();
  return () => {
    unsubscribe();
    joined.end?.();
    joined = { client: null, end: null };
  };
}

/** Tone, desktop notification and a word about what was missed. */
function followRings(): () => void {
  const player = new TonePlayer();
  const shown = new Map<string, Notification>();
  let told: Ring | null = rings.get().missed;
  const onChange = (): void => {
    const { missed } = rings.get();
    const ringing = audible(rings.get());
    const busy = inMeeting() !== null || calls.engaged();
    player.play(ringing.length === 0 ? null : busy ? "waiting" : "ring");
    for (const ring of ringing) if (!shown.has(ring.id)) notify(ring, shown);
    for (const [id, notification] of shown) {
      if (ringing.some((ring) => ring.id === id)) continue;
      notification.close();
      shown.delete(id);
    }
    if (missed && missed !== told) tellMissed(missed);
    told = missed;
  };
  const unsubscribe = rings.subscribe(onChange);
  return () => {
    unsubscribe();
    player.play(null);
    for (const notification of shown.values()) notification.close();
  };
}

function notify(ring: Ring, shown: Map<string, Notification>): void {
  if (!notificationsAllowed() || (!document.hidden && document.hasFocus())) return;
  try {
    const { name, room } = callerOf(ring);
    const body = i18n.t("incoming_in", { ns: "meetings/room", room });
    const notification = new Notification(name, {
      body,
      icon: "/icon.svg",
      tag: ring.id,
      requireInteraction: true,
    });
    notification.addEventListener("click", () => window.focus());
    shown.set(ring.id, notification);
  } catch {
    // Chrome on Android has no constructor: there a service worker has to show them.
  }
}

function tellMissed(ring: Ring): void {
  const { name, room } = callerOf(ring);
  const there = rooms.get().byId.has(ring.roomId);
  toast(
    "info",
    i18n.t("missed", { ns: "meetings/room", name, room }),
    there
      ? {
          label: i18n.t("open_chat", { ns: "meetings/room" }),
          run: () => navigate(paths.room(ring.roomId)),
        }
      : null,
  );
}

/** Nothing rings longer than its caller wished. */
function followExpiry(): () => void {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const arm = (): void => {
    if (timer) clearTimeout(timer);
    const at = nextExpiry(rings.get());
    timer =
      at === null
        ? null
        : setTimeout(() => rings.update((state) => expire(state, Date.now())), at - Date.now());
  };
  const unsubscribe = rings.subscribe(arm);
  return () => {
    unsubscribe();
    if (timer) clearTimeout(timer);
  };
}

/** One conversation at a time: a call holds the meeting, joining a meeting holds the calls. */
export function followTelephone(): () => void {
  let inside = false;
  const onMeeting = (): void => {
    const now = meeting.get();
    const live = now !== null && isLive(now.phase);
    if (live && !inside) {
      holdCalls();
      if (goingOver.get()) onCalls();
    }
    inside = live;
  };
  const onCalls = (): void => {
    const speaking = calls.store.get().calls.some((call) => isEngaged(call) && !call.heldByUs);
    inMeeting()?.setOnHold(speaking);
  };
  const ends = [meeting.subscribe(onMeeting), calls.store.subscribe(onCalls)];
  return () => {
    for (const end of ends) end();
  };
}

function holdCalls(): void {
  // One that goes over to the meeting speaks until that does.
  const over = goingOver.get()?.callId;
  for (const call of calls.store.get().calls) {
    if (call.phase === "connected" && !call.heldByUs && call.id !== over) calls.setHeld(call.id, true);
  }
}

/** Control and Enter take the meeting that rings, unless a call rings, which comes first. */
function followKeys(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || calls.ringing()) return;
    const [ring] = audible(rings.get());
    if (!ring) return;
    event.preventDefault();
    event.stopPropagation();
    void answerRing(ring, false);
  };
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}

/** The device is not started anew under a conversation. */
function guardRestart(): () => void {
  const goesOn = (): boolean => inMeeting() !== null || calls.engaged();
  restartGuards.add(goesOn);
  return () => restartGuards.delete(goesOn);
}

/** Asks before a meeting is left by closing the page. */
function followUnload(): () => void {
  const onBefore = (event: BeforeUnloadEvent): void => {
    if (inMeeting()) event.preventDefault();
  };
  window.addEventListener("beforeunload", onBefore);
  window.addEventListener("pagehide", leaveMeeting);
  return () => {
    window.removeEventListener("beforeunload", onBefore);
    window.removeEventListener("pagehide", leaveMeeting);
  };
}
