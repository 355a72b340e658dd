import { expect, test } from "vitest";
import type { Trunk } from "../api/administration";
import { trunkBodyOf, trunkDraftOf } from "./trunkDraft";

const provider: Trunk = {
  name: "provider",
  kind: "register",
  host: "sip.example.org",
  port: 5061,
  transport: "tcp",
  username: "0612345",
  caller_id: null,
  enabled: false,
  source: "database",
  has_password: true,
  up: null,
  why: null,
};

test("a line that nobody changed stays as it is, its password too", () => {
  expect(trunkBodyOf(trunkDraftOf(provider))).toEqual({
    kind: "register",
    host: "sip.example.org",
    port: 5061,
    transport: "tcp",
    username: "0612345",
    password: null,
    caller_id: null,
    enabled: false,
  });
});

test.each(["", "0", "65536", "5060x", "-1", "5 060"])("%j is no port", (port) => {
  expect(trunkBodyOf({ ...trunkDraftOf(null), port })).toBeNull();
});
