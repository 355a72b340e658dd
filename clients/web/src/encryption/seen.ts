const STORED = "unisono.encryption.seen";
/** More than anybody is told in a year; beyond it the oldest may be told again. */
const KEPT = 200;

function read(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(STORED) ?? "[]");
    return Array.isArray(stored) ? stored.filter((key) => typeof key === "string") : [];
  } catch {
    return [];
  }
}

/** Whether this browser was told that, and its person has seen it. */
export function isSeen(key: string): boolean {
  return read().includes(key);
}

export function markSeen(key: string): void {
  const others = read().filter((each) => each !== key);
  localStorage.setItem(STORED, JSON.stringify([...others, key].slice(-KEPT)));
}
