import { ConnectionError, MatrixError, type MatrixClient, type Room } from "matrix-js-sdk";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Meeting } from "../../api/meetings";
import { MatrixDoor } from "./door";
import type { Ringing } from "./ringing";
import { BY_MEDIA } from "./signs";

const TRANSPORT = { type: "livekit", livekit_service_url: "https://x/livekit" };

function setUp(more: { told?: unknown[]; openid?: () => Promise<unknown>; members?: unknown[] } = {}) {
  const session = {
    memberships: more.members ?? [],
    getFocusInUse: () => undefined,
    joinRoomSession: vi.fn<(transports: unknown[], focus: unknown, config: object) => void>(),
    leaveRoomSession: vi.fn<(patience: number) => Promise<boolean>>(async () => true),
  };
  const client = {
    getSafeUserId: () => "@me:x",
    getDeviceId: () => "HERE",
    getHomeserverUrl: () => "https://x",
    getOpenIdToken: more.openid ?? (async () => ({ access_token: "t", matrix_server_name: "x" })),
    http: { authedRequest: async () => ({ rtc_transports: more.told ?? [TRANSPORT] }) },
    matrixRTC: { getRoomSession: () => session },
  };
  const member = { rawDisplayName: "Anna", userId: "@anna:x" };
  const room = { roomId: "!r", getMember: (userId: string) => (userId === "@anna:x" ? member : null) };
  const ringing = {
    always: false,
    ring: vi.fn<() => Promise<void>>(async () => undefined),
    stop: () => undefined,
  };
  const make = (meeting: Partial<Meeting> | null = null): MatrixDoor =>
    new MatrixDoor(
      client as unknown as MatrixClient,
      room as unknown as Room,
      "Team",
      meeting as Meeting | null,
      ringing as unknown as Ringing,
      null,
    );
  return { make, session, ringing };
}

function answering(status: number, body: object = {}): void {
  vi.stubGlobal(
    "fetch",
    vi.fn<typeof fetch>(async () => new Response(JSON.stringify(body), { status })),
  );
}

afterEach(() => vi.unstubAllGlobals());

describe("the ticket", () => {
  test("is had from the service that the homeserver names", async () => {
    answering(200, { url: "wss://x/livekit", jwt: "j" });
    const ticket = await setUp().make().ticket(null);
    expect(ticket).toEqual({ url: "wss://x/livekit", token: "j", identity: "@me:x:HERE" });
    const [address, request] = vi.mocked(fetch).mock.calls[0] ?? [];
    expect(address).toBe("https://x/livekit/sfu/get");
    expect(JSON.parse(String(request?.body))).toMatchObject({ room: "!r", device_id: "HERE" });
  });

  test("of a breakout room names it, that of the main room nothing", async () => {
    const slots: unknown[] = [];
    for (const place of [null, "b1"]) {
      answering(200, { url: "wss://x", jwt: "j" });
      await setUp().make().ticket(place);
      const body = JSON.parse(String(vi.mocked(fetch).mock.calls[0]?.[1]?.body)) as Record<string, unknown>;
      slots.push(body.slot_id);
    }
    expect(slots).toEqual([undefined, "m.call#breakout-b1"]);
  });

  test("and from the one in the well-known where the homeserver names none", async () => {
    answering(200, { "org.matrix.msc4143.rtc_foci": [TRANSPORT], url: "wss://x", jwt: "j" });
    expect((await setUp({ told: [] }).make().ticket(null)).token).toBe("j");
  });

  test.each([
    [403, "not_allowed"],
    [404, "not_allowed"],
    [502, "unreachable"],
  ])("refused with %i is %s", async (status, trouble) => {
    answering(status);
    await expect(setUp().make().ticket(null)).rejects.toMatchObject({ trouble });
  });

  test.each([
    [new ConnectionError("gone"), "unreachable"],
    [new MatrixError({ errcode: "M_UNKNOWN_TOKEN" }, 401), "not_allowed"],
    [new MatrixError({ errcode: "M_UNKNOWN" }, 500), "unreachable"],
  ])("is not had when the homeserver answers %s", async (error, trouble) => {
    const openid = (): Promise<never> => Promise.reject(error);
    await expect(setUp({ openid }).make().ticket(null)).rejects.toMatchObject({ trouble });
  });

  test("needs a service", async () => {
    answering(200, {});
    await expect(setUp({ told: [] }).make().ticket(null)).rejects.toMatchObject({ trouble: "unreachable" });
  });
});

describe("inside", () => {
  test("who begins rings the others, who comes later does not", async () => {
    const first = setUp();
    await first.make().entered();
    expect(first.session.joinRoomSession).toHaveBeenCalledOnce();
    const [, , config] = first.session.joinRoomSession.mock.calls[0] ?? [];
    expect(config).toMatchObject({ applicationData: { [BY_MEDIA]: true } });
    expect(first.ringing.ring).toHaveBeenCalledOnce();
    const later = setUp({ members: [{}] });
    await later.make().entered();
    expect(later.ringing.ring).not.toHaveBeenCalled();
  });

  test("ringing that fails keeps nobody out", async () => {
    const { make, ringing } = setUp();
    ringing.ring.mockRejectedValue(new Error("no"));
    await expect(make().entered()).resolves.toBeUndefined();
  });

  test("people have their names, also those whom the SFU knows by a hash", () => {
    const { make } = setUp({ members: [{ rtcBackendIdentity: "hash", userId: "@anna:x" }] });
    expect(make().who("hash")).toEqual({ userId: "@anna:x", name: "Anna" });
    expect(make().who("@anna:x:PHONE")).toEqual({ userId: "@anna:x", name: "Anna" });
    expect(make().who("@_guest_1:x:GUEST")).toBeNull();
  });

  test("only a moderator moderates", () => {
    expect(setUp().make({ id: "m", moderator: true }).moderation?.meetingId).toBe("m");
    expect(setUp().make({ id: "m", moderator: false }).moderation).toBeNull();
    expect(setUp().make(null).moderation).toBeNull();
  });
});
