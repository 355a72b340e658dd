import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, expect, test } from "vitest";
import type { Lane, Step } from "../../api/traces";
import { setLanguage } from "../../i18n/i18n";
import { Ladder } from "./Ladder";

const lanes: Lane[] = [
  { id: "caller", kind: "sip", address: "192.0.2.1:5060" },
  { id: "unisono", kind: "unisono", address: "" },
];
const invite: Step = {
  at: 1_000,
  source: "caller",
  target: "unisono",
  label: "INVITE",
  sdp: true,
  repeated: false,
  transport: "UDP",
  local: "192.0.2.9:5060",
  remote: "192.0.2.1:5060",
  text: "INVITE sip:202@localhost SIP/2.0",
  cut: true,
};

beforeAll(() => setLanguage("en"));
afterEach(cleanup);

test("a press on an arrow shows the whole message, and where it came from", () => {
  const again = { ...invite, at: 1_500, repeated: true, cut: false };
  render(<Ladder lanes={lanes} steps={[invite, again]} />);
  expect(screen.getByText("192.0.2.1:5060")).toBeTruthy();
  const rung = screen.getByRole("button", { name: "0.000 s: INVITE · SDP, from caller to Unisono" });
  expect(screen.queryByText(invite.text)).toBeNull();
  fireEvent.click(rung);
  expect(screen.getByText(invite.text)).toBeTruthy();
  expect(screen.getByText("UDP 192.0.2.9:5060 ← 192.0.2.1:5060")).toBeTruthy();
  expect(screen.getByText("The rest was not kept.")).toBeTruthy();
  expect(screen.getByRole("button", { name: /^0\.500 s: INVITE · SDP · again/ })).toBeTruthy();
});
