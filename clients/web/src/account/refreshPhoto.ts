import { loadPeople } from "../people/people";
import { refreshMe } from "../session/session";

/** A new photo has a new address: asks for it where it is kept, my own details and the directory. */
export async function refreshPhoto(): Promise<void> {
  await Promise.all([refreshMe(), loadPeople()]);
}
