/** All colleagues, with presence. */
export function ContactsPage() {
  return null;
}
