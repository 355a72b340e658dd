/** The calls that ring or are in progress: drawn over every section. */
export function CallLayer() {
  return null;
}
