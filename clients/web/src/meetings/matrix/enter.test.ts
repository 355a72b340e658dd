import type { MatrixClient } from "matrix-js-sdk";
import { beforeEach, expect, test, vi } from "vitest";
import { type Meeting, meetings } from "../../api/meetings";
import { connection, enableEncryption, steady } from "../../matrix/connection";
import { CHOICES } from "../session/fakeMedia";
import { joinMeeting } from "../session/meeting";
import { enterRoom } from "./enter";

vi.mock("../../matrix/connection", async () => {
  const { createStore } = await import("../../state/store");
  return {
    connection: createStore({ status: "idle", client: null }),
    enableEncryption: vi.fn<() => Promise<void>>(async () => undefined),
    steady: vi.fn<() => Promise<void>>(async () => undefined),
    restartGuards: new Set(),
  };
});
vi.mock("../../matrix/live/encryption", () => ({ keysPublished: async () => undefined }));
vi.mock("../session/meeting", () => ({ joinMeeting: vi.fn<typeof joinMeeting>(), currentDoor: () => null }));

const asked = vi.spyOn(meetings, "ofRoom");
const sent = vi.fn<(roomId: string, type: string) => Promise<void>>(async () => undefined);

/** In a room that is encrypted as far as this device knows, or as the server knows. */
function room(here: boolean, there: boolean | null): void {
  asked.mockImplementation(async () => {
    if (there === null) throw new Error("offline");
    return { id: "m", moderator: false, encrypted: there } as Meeting;
  });
  const known = {
    roomId: "!r",
    name: "Team",
    getMyMembership: () => "join",
    hasEncryptionStateEvent: () => here,
  };
  const client = {
    getRoom: () => known,
    getCrypto: () => ({}),
    sendStateEvent: sent,
    on: () => undefined,
    off: () => undefined,
  };
  connection.set({ status: "live", client: client as unknown as MatrixClient });
}

beforeEach(() => vi.clearAllMocks());

test("a device that starts anew just then is waited for", async () => {
  room(false, false);
  const { client } = connection.get();
  vi.mocked(steady).mockImplementationOnce(async () => room(false, false));
  await enterRoom("!r", CHOICES, null);
  expect(vi.mocked(steady)).toHaveBeenCalledTimes(2);
  expect(connection.get().client).not.toBe(client);
});

test.each<[string, boolean, boolean | null, boolean, boolean]>([
  ["an open meeting stays open", false, false, false, false],
  ["a meeting is encrypted by choice", false, false, true, true],
  ["a room that is encrypted is so whatever the page knew", true, true, false, true],
  ["the server knows it before the room's state has come", false, true, false, true],
  ["the room's state is enough when the server does not answer", true, null, false, true],
])("%s", async (_, here, there, chosen, encrypted) => {
  room(here, there);
  await enterRoom("!r", { ...CHOICES, encrypted: chosen }, null);
  const [door, choices] = vi.mocked(joinMeeting).mock.lastCall ?? [];
  expect(choices?.encrypted).toBe(encrypted);
  expect(door?.encryption !== null).toBe(encrypted);
  expect(vi.mocked(enableEncryption).mock.calls.length > 0).toBe(encrypted);
  expect(sent.mock.calls.length).toBe(chosen && !here ? 1 : 0);
});
