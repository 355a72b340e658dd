import { expect, test } from "vitest";
import { causeOf, leavesOut } from "./encryption";

test.each([
  [undefined, "none", false],
  [undefined, "unknown", false],
  [undefined, "kept", true],
  [false, "kept", false],
  [true, "none", true],
  ["yes", "none", false],
] as const)(
  "with the choice %j and a recovery key that is %s, unsigned devices are left out: %s",
  (...given) => {
    const [chosen, recovery, left] = given;
    expect(leavesOut(chosen, recovery)).toBe(left);
  },
);

test.each([
  [null, "decrypting"],
  ["HISTORICAL_MESSAGE_BACKUP_UNCONFIGURED", "needs_recovery"],
  ["HISTORICAL_MESSAGE_USER_NOT_JOINED", "before_joining"],
  ["MEGOLM_UNKNOWN_INBOUND_SESSION_ID", "waiting"],
  ["MEGOLM_KEY_WITHHELD_FOR_UNVERIFIED_DEVICE", "unverified_here"],
  ["of a later SDK", "unknown"],
])("what fails with %s is %s", (code, cause) => {
  expect(causeOf(code)).toBe(cause);
});
