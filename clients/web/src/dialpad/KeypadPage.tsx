/** The phone layout's keypad. */
export function KeypadPage() {
  return null;
}
