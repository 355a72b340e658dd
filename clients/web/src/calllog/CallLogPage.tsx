/** Calls made, received and missed. */
export function CallLogPage() {
  return null;
}
