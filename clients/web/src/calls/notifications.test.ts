import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CallSnapshot } from "./call";
import { snapshot } from "./fakeCall";
import type { CallsState } from "./manager";
import { DesktopNotifier, newsBetween } from "./notifications";

const state = (calls: CallSnapshot[], notices: CallSnapshot[] = []): CallsState => ({
  calls,
  notices,
  receipts: [],
  expanded: null,
});
const ringing = snapshot();
const missed = snapshot({ phase: "ended", endReason: "missed" });

describe("the news for the desktop", () => {
  test.each<[string, CallsState, CallsState, string[]]>([
    ["a call begins to ring", state([]), state([ringing]), ["incoming"]],
    ["it rings on", state([ringing]), state([{ ...ringing }]), []],
    ["it is answered", state([ringing]), state([{ ...ringing, phase: "connected" }]), ["silent"]],
    ["the caller gives up", state([ringing]), state([], [missed]), ["silent", "missed"]],
    ["the notice stays", state([], [missed]), state([], [missed]), []],
  ])("when %s", (_story, before, after, kinds) => {
    expect(newsBetween(before, after).map((news) => news.kind)).toEqual(kinds);
  });
});

describe("the notifier", () => {
  const closed = vi.fn<() => void>();
  const shown = vi.fn<(title: string, options: NotificationOptions) => void>();
  let hidden = true;

  class FakeNotification extends EventTarget {
    static permission: NotificationPermission = "granted";
    constructor(title: string, options: NotificationOptions) {
      super();
      shown(title, options);
    }
    close(): void {
      closed();
    }
  }
  const words = { title: "Anna", body: "Incoming call" };
  const notifier = new DesktopNotifier({ incoming: () => words, missed: () => words }, () => hidden);

  beforeEach(() => {
    hidden = true;
    FakeNotification.permission = "granted";
    vi.stubGlobal("Notification", FakeNotification);
    shown.mockClear();
    closed.mockClear();
  });
  afterEach(() => vi.unstubAllGlobals());

  test("shows a call while the page is out of sight and withdraws it when it stops ringing", () => {
    notifier.tell({ kind: "incoming", call: ringing });
    expect(shown).toHaveBeenCalledWith("Anna", expect.objectContaining({ requireInteraction: true }));
    notifier.tell({ kind: "silent", id: ringing.id });
    expect(closed).toHaveBeenCalledOnce();
  });

  test("is silent while the page is looked at, and without permission", () => {
    hidden = false;
    notifier.tell({ kind: "incoming", call: ringing });
    hidden = true;
    FakeNotification.permission = "default";
    notifier.tell({ kind: "incoming", call: ringing });
    expect(shown).not.toHaveBeenCalled();
  });
});
