/** The button of the top bar that opens the dial pad. */
export function TopBarDialPad() {
  return null;
}
