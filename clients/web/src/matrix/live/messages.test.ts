import {
  EventStatus,
  MatrixEvent,
  type IContent,
  type IEvent,
  type MatrixClient,
  type Room,
} from "matrix-js-sdk";
import { describe, expect, test, vi } from "vitest";
import { guestContent } from "../guestWords";
import { messageKind, onQuoteFetched, readMessage } from "./messages";
import { readNotice, storiesOf } from "./notices";

const ME = "@me:localhost";
const ANNA = "@anna:localhost";
const client = { getSafeUserId: () => ME } as unknown as MatrixClient;

function roomOf(events: MatrixEvent[]): Room {
  return {
    roomId: "!r:localhost",
    findEventById: (id: string) => events.find((each) => each.getId() === id),
    getMember: (userId: string) => ({ rawDisplayName: userId === ANNA ? "Anna" : "Me" }),
    getCreator: () => ANNA,
    currentState: { maySendRedactionForEvent: () => false },
    relations: { getChildEventsForEvent: () => undefined },
  } as unknown as Room;
}

let lastId = 0;
function event(change: Partial<IEvent>): MatrixEvent {
  lastId += 1;
  return new MatrixEvent({
    event_id: `$${lastId}`,
    room_id: "!r:localhost",
    sender: ANNA,
    origin_server_ts: 1_000,
    type: "m.room.message",
    content: { msgtype: "m.text", body: "hello" },
    ...change,
  });
}

const read = (each: MatrixEvent, others: MatrixEvent[] = []) =>
  readMessage(client, roomOf([each, ...others]), each);

describe("the kind of an event", () => {
  test.each([
    ["text", event({})],
    ["emote", event({ content: { msgtype: "m.emote", body: "waves" } })],
    ["image", event({ content: { msgtype: "m.image", body: "a.png", url: "mxc://l/a" } })],
    ["text", event({ content: { msgtype: "com.example.new", body: "fallback" } })],
    ["encrypted", event({ type: "m.room.encrypted", content: { algorithm: "m.megolm.v1.aes-sha2" } })],
    ["redacted", event({ content: {}, unsigned: { redacted_because: { content: {} } as never } })],
    [null, event({ type: "m.reaction", content: {} })],
    [null, event({ content: { body: "* x", "m.relates_to": { rel_type: "m.replace", event_id: "$1" } } })],
  ])("is %s", (kind, each) => {
    expect(messageKind(each)).toBe(kind);
  });
});

describe("a message", () => {
  test("of another can be neither edited nor deleted by me", () => {
    expect(read(event({}))).toMatchObject({
      own: false,
      senderName: "Anna",
      canEdit: false,
      canRedact: false,
    });
  });

  test("of mine can be both, once it is sent", () => {
    expect(read(event({ sender: ME }))).toMatchObject({ own: true, canEdit: true, canRedact: true });
    const echo = event({ sender: ME });
    echo.setStatus(EventStatus.SENDING);
    expect(read(echo)).toMatchObject({ status: "sending", canEdit: false, canRedact: false });
    echo.setStatus(EventStatus.NOT_SENT);
    expect(read(echo)).toMatchObject({ status: "failed" });
  });

  test("keeps its key when the echo gets its real id", () => {
    const echo = event({ sender: ME, event_id: "~local" });
    const before = read(echo)?.key;
    echo.replaceLocalEventId("$real");
    expect(read(echo)).toMatchObject({ key: before, eventId: "$real" });
  });

  test("that was edited says the new words, and says so", () => {
    const original = event({});
    original.makeReplaced(
      event({ content: { body: "* new", "m.new_content": { msgtype: "m.text", body: "new" } } }),
    );
    expect(read(original)).toMatchObject({ body: "new", edited: true });
  });

  test("that answers quotes what it answers, without the fallback", () => {
    const first = event({ content: { msgtype: "m.text", body: "question" } });
    const content = {
      msgtype: "m.text",
      body: "> <@anna:localhost> question\n\nanswer",
      "m.relates_to": { "m.in_reply_to": { event_id: first.getId() } },
    };
    expect(read(event({ content }), [first])).toMatchObject({
      body: "answer",
      quote: { eventId: first.getId(), senderName: "Anna", preview: "question" },
    });
  });

  test("that mentions me stands out, one of mine does not", () => {
    const content = { msgtype: "m.text", body: "hi", "m.mentions": { user_ids: [ME] } };
    expect(read(event({ content }))?.mentionsMe).toBe(true);
    expect(read(event({ content, sender: ME }))?.mentionsMe).toBe(false);
  });

  test("that a member wrote down for a guest is the guest's, and says through whom", () => {
    const said = { id: "1", identity: "@_guest_7:x:GUEST", name: "Carla", body: "hi" };
    const content = guestContent(said, "Carla (guest)");
    expect(read(event({ sender: ME, content }))).toMatchObject({
      sender: "@_guest_7:x",
      senderName: expect.stringMatching(/^Carla \(.*Me\)$/) as string,
      own: false,
      body: "hi",
      canEdit: false,
      canRedact: true,
      mentionsMe: false,
    });
  });

  test.each([
    [
      "nonsense",
      { msgtype: 7, body: ["x"], format: 1, formatted_body: {} },
      { kind: "text", body: "", html: null },
    ],
    [
      "an address that is not mxc",
      { msgtype: "m.image", body: "x", url: "https://evil.example/x" },
      { media: null },
    ],
    [
      "sizes that are no sizes",
      { msgtype: "m.image", body: "x", url: "mxc://l/x", info: { w: -1, h: "9", size: Number.NaN } },
      { media: { width: null, height: null, size: null } },
    ],
  ])("with %s is shown all the same", (_name, content, shown) => {
    expect(read(event({ content: content as IContent }))).toMatchObject(shown);
  });
});

describe("a quoted message from before the timeline", () => {
  const quoting = (): MatrixEvent =>
    event({
      content: { msgtype: "m.text", body: "yes", "m.relates_to": { "m.in_reply_to": { event_id: "$old" } } },
    });
  const clientWith = (body: string) => {
    const fetchRoomEvent = vi.fn<() => Promise<Partial<IEvent>>>().mockResolvedValue({
      event_id: "$old",
      sender: ANNA,
      type: "m.room.message",
      content: { msgtype: "m.text", body },
    });
    const getEventMapper = () => (raw: Partial<IEvent>) => new MatrixEvent(raw);
    const decryptEventIfNeeded = async (): Promise<void> => undefined;
    return {
      getSafeUserId: () => ME,
      fetchRoomEvent,
      getEventMapper,
      decryptEventIfNeeded,
    } as unknown as MatrixClient;
  };

  test("is fetched once, and forgotten with the client that was signed in", async () => {
    const [mine, next] = [clientWith("mine"), clientWith("the next one's")];
    const reply = quoting();
    for (const each of [mine, next]) {
      const come = new Promise<string>((resolve) => onQuoteFetched(resolve));
      expect(readMessage(each, roomOf([reply]), reply)?.quote?.preview).toBe("");
      await come;
      readMessage(each, roomOf([reply]), reply);
      expect(each.fetchRoomEvent).toHaveBeenCalledOnce();
    }
    expect(readMessage(next, roomOf([reply]), reply)?.quote?.preview).toBe("the next one's");
  });
});

describe("the quiet lines", () => {
  const member = (target: string, membership: string, before?: string, sender = ANNA): MatrixEvent =>
    event({
      type: "m.room.member",
      state_key: target,
      sender,
      content: { membership },
      unsigned: before ? { prev_content: { membership: before } } : {},
    });
  const tell = (each: MatrixEvent, direct = false) =>
    readNotice(roomOf([each]), each, { me: ME, direct, stories: storiesOf([each], 5_000) })?.what ?? null;

  test.each([
    ["created", event({ type: "m.room.create", state_key: "", content: {} })],
    ["invited", member("@bruno:localhost", "invite")],
    ["joined", member("@bruno:localhost", "join", "invite", "@bruno:localhost")],
    ["left", member("@bruno:localhost", "leave", "join", "@bruno:localhost")],
    ["declined", member("@bruno:localhost", "leave", "invite", "@bruno:localhost")],
    ["removed", member("@bruno:localhost", "leave", "join")],
  ])("tell who %s", (kind, each) => {
    expect(tell(each)?.kind).toBe(kind);
    expect(tell(each, true)).toBeNull();
  });

  test("tell who called into a meeting, but not who was rung once more", () => {
    const type = "org.matrix.msc4075.rtc.notification";
    const rung = (mentions: object): MatrixEvent => event({ type, content: { "m.mentions": mentions } });
    expect(tell(rung({ room: true }), true)).toMatchObject({ kind: "meeting", own: false });
    expect(tell(rung({ user_ids: [ME, "@bruno:localhost"] }))?.kind).toBe("meeting");
    expect(tell(rung({ user_ids: [ME] }))).toBeNull();
  });

  test("say nothing of the creator's own joining, nor of a changed picture", () => {
    expect(tell(member(ANNA, "join"))).toBeNull();
    expect(tell(member("@bruno:localhost", "join", "join", "@bruno:localhost"))).toBeNull();
  });

  test("tell a new name, but not the first", () => {
    const named = (before?: string): MatrixEvent =>
      event({
        type: "m.room.name",
        state_key: "",
        content: { name: "New" },
        unsigned: before ? { prev_content: { name: before } } : {},
      });
    expect(tell(named("Old"))).toEqual({ kind: "renamed", actor: "Anna", own: false, name: "New" });
    expect(tell(named())).toBeNull();
  });

  test("tell of calls in direct rooms too, and whether with video", () => {
    const invite = event({
      type: "m.call.invite",
      content: { call_id: "c", offer: { sdp: "m=audio m=video" } },
    });
    expect(tell(invite, true)).toMatchObject({ kind: "call", video: true, result: "ringing" });
  });
});
