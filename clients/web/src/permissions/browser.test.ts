import { expect, test } from "vitest";
import { isTriedBrowser, lacks } from "./browser";

const CHROME =
  "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36";

test.each([
  [CHROME, true],
  [`${CHROME} Edg/156.0.0.0`, true],
  ["Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0", true],
  [`${CHROME} OPR/120.0.0.0`, false],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
    false,
  ],
  ["Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/150.0 Mobile", false],
])("%s", (userAgent, tried) => {
  expect(isTriedBrowser(userAgent)).toBe(tried);
});

test("what a browser lacks is named, the most serious first", () => {
  expect(lacks({ navigator: {} })).toEqual(["calls", "microphone", "notifications", "headset_buttons"]);
  const whole = { RTCPeerConnection: 1, Notification: 1, navigator: { mediaDevices: {}, hid: {} } };
  expect(lacks(whole)).toEqual([]);
});
