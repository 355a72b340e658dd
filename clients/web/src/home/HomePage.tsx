/** Contacts, call button and recent calls. */
export function HomePage() {
  return null;
}
