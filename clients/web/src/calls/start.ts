import { setTitle } from "../ui/title";
import { toast, type ToastAction } from "../ui/toasts";
import { missedCalls } from "./missed";
import { followTelLinks, numberFromOutside } from "./telLinks";
import { announceDevices } from "../devices/announce";
import { askCallBack } from "../callbacks/callBacks";
import { i18n } from "../i18n/i18n";
import { connection } from "../matrix/connection";
import { sharing } from "./share";
import { unreadTotal } from "../matrix/unread";
import { navigate, paths } from "../routes/routes";
import { people } from "../people/people";
import { loadNumberFormat } from "../numbers/numberFormat";
import { onSessionEnd } from "../session/session";
import { type CallSnapshot, isEngaged } from "./call";
import { bell, followSentOn } from "./bell";
import { needsLink, waitsFor } from "./endReason";
import { followCallerNames } from "./callerNames";
import { followConsults } from "./control/consults";
import { isExpected } from "./control/expected";
import { followFates } from "./control/fates";
import { followLiveCalls } from "./control/live";
import { followEndedRecords } from "./island/receipts";
import { calls, type CallsState } from "./manager";
import { DesktopNotifier, newsBetween } from "./notifications";
import { isTelephone, peerOf } from "./peer";
import { followTroubles } from "./quality/told";
import { callUser, dial } from "./place";
import { toneFor, tones } from "./tones";
import { endWords } from "./words";

/** How long an ended call is told of, in ms. */
const NOTICE_MS = 6_000;
const outOfSight = (): boolean => document.hidden || !document.hasFocus();

/** Makes calls work while somebody is signed in; the answer ends it. */
export function startCalls(): () => void {
  loadNumberFormat();
  const ends = [
    followClient(),
    followCalls(),
    followNames(),
    followCallerNames(),
    followTroubles(),
    followEndedRecords(),
    followLiveCalls(),
    followSentOn(),
    followConsults(),
    followFates(),
    followTitle(),
    followKeys(),
    followUnload(),
    // Said while the device's token may still work: the other side hears that the call is over.
    onSessionEnd(() => calls.endAll()),
    followTelLinks({ call: (number) => void dial(number), show: showOnDialPad }),
    announceDevices(),
  ];
  return () => {
    for (const end of ends) end();
    tones.play(null);
  };
}

function showOnDialPad(number: string): void {
  numberFromOutside.set(number);
  navigate(paths.keypad);
}

/** Joins the calls to the Matrix client as soon as there is one; its code comes with the SDK's. */
function followClient(): () => void {
  let joined: { client: unknown; end: (() => void) | null } = { client: null, end: null };
  const onChange = (): void => {
    const { client } = connection.get();
    if (client === joined.client) return;
    joined.end?.();
    const current: typeof joined = { client, end: null };
    joined = current;
    if (!client) return;
    void import("./matrix/signalling").then(({ startMatrixCalls }) => {
      if (joined !== current) return;
      const peer = (userId: string, given: string | null) =>
        peerOf(userId, given, people.get().byId.get(userId));
      current.end = startMatrixCalls(client, calls, { peer, isExpected, bell, now: Date.now });
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

/** Tones, desktop notifications and words for what the calls do. */
function followCalls(): () => void {
  const notifier = new DesktopNotifier(
    {
      incoming: (call) => ({ title: call.peer.name, body: words(call, "incoming") }),
      missed: (call) => ({ title: call.peer.name, body: words(call, "missed") }),
    },
    outOfSight,
  );
  let last: CallsState = calls.store.get();
  return calls.store.subscribe(() => {
    const [before, after] = [last, calls.store.get()];
    last = after;
    tones.play(toneFor(after));
    for (const news of newsBetween(before, after)) notifier.tell(news);
    const known = new Set(before.notices.map((notice) => notice.id));
    for (const notice of after.notices) if (!known.has(notice.id)) tellEnd(notice);
    const begun = after.calls.find((call) => isEngaged(call) && !before.calls.some(sameEngaged(call)));
    if (begun && phoneLayout.matches) calls.expand(begun.id);
  });
}

/** A telephone shows its call on the whole screen. */
const phoneLayout = window.matchMedia("(max-width: 699px)");

const sameEngaged = (call: CallSnapshot) => (other: CallSnapshot) => other.id === call.id && isEngaged(other);

function words(call: CallSnapshot, news: "incoming" | "missed"): string {
  if (news === "missed") return i18n.t("missed_title", { ns: "calls" });
  return i18n.t(call.video ? "incoming_video_call" : "incoming_call", { ns: "calls" });
}

function tellEnd(call: CallSnapshot): void {
  const fault = /^(microphone|failed|connection)/.test(call.endReason ?? "");
  toast(fault ? "error" : "info", endWords(call), wayOn(call));
  setTimeout(() => calls.dismiss(call.id), NOTICE_MS);
}

/** What one may want next: to try again, or to reach by a meeting's link who cannot be reached by video. */
function wayOn(call: CallSnapshot): ToastAction | null {
  if (needsLink(call)) {
    return { label: i18n.t("share_meeting_link", { ns: "calls" }), run: () => sharing.set(call.roomId) };
  }
  const why = waitsFor(call);
  const { userId, name } = call.peer;
  if (why && userId && !isTelephone(userId)) {
    return {
      label: i18n.t("ask", { ns: "callbacks" }),
      run: () => void askCallBack(userId, name, why),
    };
  }
  const again = call.endReason === "missed" || call.endReason === "no-answer" ? call.peer.userId : null;
  return again ? { label: i18n.t("call_back", { ns: "calls" }), run: () => void callUser(again) } : null;
}

/** A caller whose card was drawn before the directory came gets their name. */
function followNames(): () => void {
  return people.subscribe(() => {
    for (const { id, peer } of calls.store.get().calls) {
      const person = peer.userId ? people.get().byId.get(peer.userId) : undefined;
      if (person && person.name !== peer.name) calls.get(id)?.setPeer(peerOf(person.user_id, null, person));
    }
  });
}

function followTitle(): () => void {
  const write = (): void => {
    const ringing = calls.ringing();
    setTitle({
      fresh: missedCalls.get() + unreadTotal.get(),
      ringing: ringing ? `${ringing.peer.name} · ${i18n.t("incoming_call", { ns: "calls" })}` : null,
    });
  };
  const ends = [calls.store, missedCalls, unreadTotal].map((store) => store.subscribe(write));
  write();
  return () => {
    for (const end of ends) end();
    setTitle({ fresh: 0, ringing: null });
  };
}

function followKeys(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const ringing = calls.ringing();
    if (!ringing) return;
    event.preventDefault();
    event.stopPropagation();
    void calls.answer(ringing.id, false);
  };
  window.addEventListener("keydown", onKey, true);
  return () => window.removeEventListener("keydown", onKey, true);
}

/** Asks before a conversation is cut by closing the page, and hangs up when it closes all the same. */
function followUnload(): () => void {
  const onBefore = (event: BeforeUnloadEvent): void => {
    if (calls.engaged()) event.preventDefault();
  };
  const onHide = (): void => calls.abandonAll();
  window.addEventListener("beforeunload", onBefore);
  window.addEventListener("pagehide", onHide);
  return () => {
    window.removeEventListener("beforeunload", onBefore);
    window.removeEventListener("pagehide", onHide);
  };
}
