import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Mailbox, voicemail, type VoiceMessage } from "../api/voicemail";
import { toasts } from "../ui/toasts";
import {
  chooseMail,
  loadMailbox,
  mailbox,
  markHeard,
  messageOf,
  removeMessage,
  switchMailbox,
  unheard,
} from "./mailbox";

const LEFT: VoiceMessage = {
  id: "m1",
  call_id: "c1",
  caller: { user_id: null, name: "", number: "+390698765432" },
  left_at: 1_800_000_000_000,
  duration_ms: 4200,
  seen: false,
};
const HELD: Mailbox = {
  on: true,
  messages: [LEFT],
  unseen: 1,
  most: 100,
  days: 90,
  mail: "none",
  pin: false,
  pin_chosen_at: null,
};

beforeEach(() => {
  mailbox.set({ status: "loading" });
  toasts.set([]);
});
afterEach(() => vi.restoreAllMocks());

test("what is in the mailbox is known by the call in which it was left", async () => {
  expect(unheard(mailbox.get())).toBe(0);
  expect(messageOf(mailbox.get(), "c1")).toBeUndefined();
  vi.spyOn(voicemail, "mailbox").mockResolvedValue(HELD);
  await loadMailbox();
  expect(unheard(mailbox.get())).toBe(1);
  expect(messageOf(mailbox.get(), "c1")).toBe(LEFT);
  expect(messageOf(mailbox.get(), "c2")).toBeUndefined();
});

test("a mailbox that is known stays when it cannot be asked for again", async () => {
  const asked = vi.spyOn(voicemail, "mailbox").mockRejectedValue(new Error("offline"));
  await loadMailbox();
  expect(mailbox.get().status).toBe("error");
  asked.mockResolvedValueOnce(HELD);
  await loadMailbox();
  await loadMailbox();
  expect(mailbox.get()).toEqual({ status: "ready", mailbox: HELD });
});

test("a deleted message can be brought back from the notice", async () => {
  vi.spyOn(voicemail, "remove").mockResolvedValue();
  const restored = vi.spyOn(voicemail, "restore").mockResolvedValue();
  await removeMessage("m1");
  toasts.get()[0]?.action?.run();
  expect(restored).toHaveBeenCalledWith("m1");
});

test("what could not be done is said", async () => {
  vi.spyOn(voicemail, "choose").mockRejectedValue(new Error("offline"));
  await switchMailbox(false);
  expect(toasts.get()[0]?.kind).toBe("error");
});

test("what is wanted by mail is chosen beside the switch", async () => {
  const chosen = vi.spyOn(voicemail, "choose").mockResolvedValue({ ...HELD, mail: "sound" });
  await chooseMail("sound");
  expect(chosen).toHaveBeenCalledWith({ mail: "sound" });
  expect(mailbox.get()).toEqual({ status: "ready", mailbox: { ...HELD, mail: "sound" } });
});

test("a message is told to be heard once", async () => {
  const seen = vi.spyOn(voicemail, "seen").mockResolvedValue();
  await markHeard(LEFT);
  await markHeard({ ...LEFT, seen: true });
  expect(seen).toHaveBeenCalledTimes(1);
});
