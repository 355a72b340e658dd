import { describe, expect, test } from "vitest";
import {
  type Ending,
  endReason,
  type EndReason,
  mediaReason,
  needsNotice,
  needsLink,
  waitsFor,
} from "./endReason";

const OUT: Ending = {
  direction: "outbound",
  by: "peer",
  code: "user_hangup",
  connected: false,
  rejectedByOwnDevice: false,
};
const IN: Ending = { ...OUT, direction: "inbound" };

describe("why a call ended", () => {
  test.each<[string, Ending, EndReason]>([
    ["the peer rejects", OUT, "declined"],
    ["we give up", { ...OUT, by: "us" }, "cancelled"],
    ["nobody answers in time", { ...OUT, by: "us", code: "invite_timeout" }, "no-answer"],
    ["the peer is on the telephone", { ...OUT, code: "user_busy" }, "busy"],
    ["no device of the peer is there", { ...OUT, code: "Temporarily Unavailable" }, "unreachable"],
    ["the desk phone declines", { ...OUT, code: "Decline" }, "declined"],
    ["the country is not allowed", { ...OUT, code: "Country not allowed" }, "country-not-allowed"],
    ["the number costs too much", { ...OUT, code: "Premium number not allowed" }, "premium-number"],
    ["the line outside is down", { ...OUT, code: "Outside line not available" }, "no-line"],
    ["the number may not be called", { ...OUT, code: "Forbidden" }, "forbidden"],
    ["the number is nobody's", { ...OUT, code: "Not Found" }, "not-found"],
    ["we hang up", { ...OUT, by: "us", connected: true }, "hung-up"],
    ["the peer hangs up", { ...OUT, connected: true }, "peer-hung-up"],
    ["the network goes", { ...OUT, by: "us", code: "ice_failed", connected: true }, "connection-lost"],
    [
      "the peer hangs up for a reason nobody knows",
      { ...OUT, code: "xyzzy", connected: true },
      "peer-hung-up",
    ],
    ["the peer's client fails", { ...OUT, code: "unknown_error", connected: true }, "failed"],
    ["something unknown happens", { ...OUT, code: "xyzzy" }, "failed"],
    ["the caller gives up", IN, "missed"],
    ["the caller waited too long", { ...IN, code: "invite_timeout" }, "missed"],
    ["another device of ours answers", { ...IN, code: "answered_elsewhere" }, "answered-elsewhere"],
    ["another device of ours declines", { ...IN, rejectedByOwnDevice: true }, "declined-elsewhere"],
    ["we decline", { ...IN, by: "us" }, "declined-here"],
    ["our microphone is missing", { ...IN, by: "us", code: "no_user_media" }, "microphone-missing"],
    ["our answer cannot be made", { ...IN, by: "us", code: "create_answer" }, "failed"],
    ["an answered call is hung up by the caller", { ...IN, connected: true }, "peer-hung-up"],
  ])("when %s", (_story, ending, expected) => {
    expect(endReason(ending)).toBe(expected);
  });

  test.each<[string, EndReason]>([
    ["NotAllowedError: Permission denied", "microphone-denied"],
    ["NotFoundError: Requested device not found", "microphone-missing"],
    ["TypeError: At least one of audio and video must be requested", "microphone-missing"],
    ["NotReadableError: Could not start audio source", "microphone-in-use"],
  ])("%s", (error, expected) => {
    expect(mediaReason(error)).toBe(expected);
  });

  test("an ordinary end needs no notice, a missed call does", () => {
    expect(needsNotice("peer-hung-up")).toBe(false);
    expect(needsNotice("missed")).toBe(true);
  });

  test.each([
    ["outbound", true, "no-answer", true],
    ["outbound", true, "unreachable", true],
    ["outbound", true, "declined", false],
    ["outbound", true, null, false],
    ["outbound", false, "no-answer", false],
    ["inbound", true, "missed", false],
  ] as const)(
    "after an %s call (video: %s) that ended with %s a link helps: %s",
    (direction, video, why, helps) => {
      expect(needsLink({ direction, video, endReason: why })).toBe(helps);
    },
  );
});

describe("whom one may wait for", () => {
  test.each<[string, "inbound" | "outbound", EndReason, "busy" | "no_answer" | null]>([
    ["busy", "outbound", "busy", "busy"],
    ["did not answer", "outbound", "no-answer", "no_answer"],
    ["not there", "outbound", "unreachable", "no_answer"],
    ["would not", "outbound", "declined", null],
    ["called me", "inbound", "missed", null],
  ])("somebody who %s", (_story, direction, why, waits) => {
    expect(waitsFor({ direction, endReason: why })).toBe(waits);
  });
});
