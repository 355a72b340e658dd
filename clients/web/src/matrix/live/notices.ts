import { EventType, KnownMembership, type MatrixEvent, type Room } from "matrix-js-sdk";
import { callStories, type CallEvent, type CallStory } from "../callNotices";
import type { Notice } from "../timeline";
import { eventKey } from "./messages";
import { memberName } from "./names";

/** How the calls among these events went, by call id. */
export function storiesOf(events: readonly MatrixEvent[], now: number): Map<string, CallStory> {
  return callStories(events.filter((event) => event.getType().startsWith("m.call.")).map(readCallEvent), now);
}

function readCallEvent(event: MatrixEvent): CallEvent {
  const content = event.getContent();
  return {
    type: event.getType(),
    callId: String(content.call_id ?? ""),
    sender: event.getSender() ?? "",
    ts: event.getTs(),
    reason: typeof content.reason === "string" ? content.reason : null,
    lifetime: typeof content.lifetime === "number" ? content.lifetime : null,
  };
}

/** The quiet line that an event gives, or null. In a direct room only calls and meetings are told. */
export function readNotice(
  room: Room,
  event: MatrixEvent,
  context: { me: string; direct: boolean; stories: Map<string, CallStory> },
): Notice | null {
  const what = tell(room, event, context);
  return what && { type: "notice", key: eventKey(event), ts: event.getTs(), what };
}

type Context = Parameters<typeof readNotice>[2];

function tell(room: Room, event: MatrixEvent, context: Context): Notice["what"] | null {
  if (event.getType() === (EventType.CallInvite as string)) return tellCall(room, event, context);
  const sender = event.getSender() ?? "";
  const actor = memberName(room, sender);
  const own = sender === context.me;
  if (event.getType() === (EventType.RTCNotification as string)) return tellMeeting(event, actor, own);
  if (context.direct) return null;
  switch (event.getType()) {
    case EventType.RoomCreate:
      return { kind: "created", actor, own };
    case EventType.RoomName: {
      const name = String(event.getContent().name ?? "");
      const first = event.getPrevContent().name === undefined;
      return first || !name ? null : { kind: "renamed", actor, own, name };
    }
    case EventType.RoomMember:
      return tellMembership(room, event, actor, own);
    default:
      return null;
  }
}

function tellCall(room: Room, event: MatrixEvent, { me, stories }: Context): Notice["what"] {
  const content = event.getContent();
  const sender = event.getSender() ?? "";
  const story = stories.get(String(content.call_id ?? ""));
  const sdp = String(content.offer?.sdp ?? "");
  return {
    kind: "call",
    actor: memberName(room, sender),
    own: sender === me,
    video: sdp.includes("m=video"),
    result: story?.result ?? "ringing",
    seconds: story?.seconds ?? 0,
  };
}

/** Who called into a meeting; ringing one person once more is not worth a line. */
function tellMeeting(event: MatrixEvent, actor: string, own: boolean): Notice["what"] | null {
  const mentions = Object(event.getContent()["m.mentions"]) as { user_ids?: unknown[] };
  return mentions.user_ids?.length === 1 ? null : { kind: "meeting", actor, own };
}

function tellMembership(room: Room, event: MatrixEvent, actor: string, own: boolean): Notice["what"] | null {
  const target = event.getStateKey() ?? "";
  const self = target === event.getSender();
  const before = event.getPrevContent().membership as string | undefined;
  const named = { actor, own, target: memberName(room, target) };
  switch (event.getContent().membership) {
    case KnownMembership.Join: {
      const creator = self && target === room.getCreator() && before === undefined;
      return before === KnownMembership.Join || creator ? null : { kind: "joined", ...named };
    }
    case KnownMembership.Invite:
      return { kind: "invited", ...named };
    case KnownMembership.Leave:
      if (!self) return { kind: "removed", ...named };
      return { kind: before === KnownMembership.Invite ? "declined" : "left", ...named };
    default:
      return null;
  }
}
