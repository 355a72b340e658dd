import { expect, test } from "vitest";
import type { Trunk, TrunkSettings } from "../api/administration";
import { trunkBodyOf, trunkDraftOf } from "./trunkDraft";

const settings: TrunkSettings = {
  addresses: ["192.0.2.0/24", "2001:db8::7"],
  auth_username: "auth",
  from_user: null,
  from_domain: "isp.example",
  outbound_proxy: null,
  caller_in: ["pai"],
  callee_format: "00",
  callee_prefix: "9",
  caller_format: "national",
  inbound_format: "plain",
  inbound_prefix: "",
  options: false,
  foreign_numbers: true,
  tls_name: null,
  tls_ca: "-----BEGIN CERTIFICATE-----",
  tls_fingerprint: "ab:cd",
  answer_within_out: 90,
  answer_within_in: 60,
  answer_not_before: 0.5,
};
const provider: Trunk = {
  name: "provider",
  kind: "register",
  host: "sip.example.org",
  port: 5061,
  transport: "tcp",
  username: "0612345",
  caller_id: null,
  enabled: false,
  settings,
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
    settings,
  });
});

test("addresses are written one after the other, however they are set apart", () => {
  const draft = trunkDraftOf(null);
  const changed = { ...draft.settings, addresses: " 192.0.2.1,192.0.2.2; 10.0.0.0/24\n2001:db8::7 " };
  expect(trunkBodyOf({ ...draft, settings: changed })?.settings.addresses).toEqual([
    "192.0.2.1",
    "192.0.2.2",
    "10.0.0.0/24",
    "2001:db8::7",
  ]);
});

test("a line without a port is found by the DNS", () => {
  expect(trunkBodyOf({ ...trunkDraftOf(null), port: " " })?.port).toBeNull();
});

test("times are written with a point or a comma, and left empty they are as usual", () => {
  const draft = trunkDraftOf(provider);
  const changed = { ...draft.settings, answer_not_before: " 1,5 ", answer_within_in: "" };
  expect(trunkBodyOf({ ...draft, settings: changed })?.settings).toMatchObject({
    answer_not_before: 1.5,
    answer_within_in: 180,
    answer_within_out: 90,
  });
});

test("what is no number is left for the server to refuse", () => {
  const draft = trunkDraftOf(provider);
  const changed = { ...draft.settings, answer_within_out: "long", answer_within_in: "12.5" };
  expect(trunkBodyOf({ ...draft, settings: changed })?.settings).toMatchObject({
    answer_within_out: -1,
    answer_within_in: -1,
  });
});

test.each(["0", "65536", "5060x", "-1", "5 060"])("%j is no port", (port) => {
  expect(trunkBodyOf({ ...trunkDraftOf(null), port })).toBeNull();
});
