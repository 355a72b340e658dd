/** The search for people and numbers in the top bar. */
export function TopBarSearch() {
  return null;
}
