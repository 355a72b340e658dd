import type { Person } from "../api/types";

export function isAdministrator(person: Pick<Person, "role">): boolean {
  return person.role === "administrator";
}
