/** How long a call that was asked for may take to come, in ms. */
const COMES_MS = 15_000;

/** Until when one is expected on this page, in ms since the epoch. */
let until = 0;

/** A press on this page asked for a call: the next one that is wanted on this device is for this page. */
export function expectHere(): void {
  until = Date.now() + COMES_MS;
}

/** It does not come, as the house says. */
export function expectNothing(): void {
  until = 0;
}

/** Whether a call is expected on this page; it is for the one that asks now. */
export function isExpected(): boolean {
  const expected = Date.now() <= until;
  until = 0;
  return expected;
}
