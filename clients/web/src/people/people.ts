import { useCallback } from "react";
import { api } from "../api/client";
import { onServerEvent, onServerEventsOpen } from "../api/events";
import type { Person } from "../api/types";
import { createStore, useSelected, useStore } from "../state/store";

export interface PeopleState {
  status: "loading" | "ready" | "error";
  /** In the order of their names. */
  list: readonly Person[];
  byId: ReadonlyMap<string, Person>;
  error: unknown;
}

export const people = createStore<PeopleState>({ status: "loading", list: [], byId: new Map(), error: null });

function publish(list: readonly Person[]): void {
  const byId = new Map(list.map((person) => [person.user_id, person]));
  people.set({ status: "ready", list, byId, error: null });
}

/** Asks for the directory again; what is shown stays until the answer comes. */
export async function loadPeople(): Promise<void> {
  try {
    const { people: found } = await api.people();
    publish(found.toSorted((a, b) => a.name.localeCompare(b.name)));
  } catch (error) {
    people.update((state) => (state.status === "ready" ? state : { ...state, status: "error", error }));
  }
}

/** Keeps the directory true to the server's events until the answer is called. */
export function followPeople(): () => void {
  const ends = [
    onServerEventsOpen(() => void loadPeople()),
    onServerEvent("people", ({ people: changed }) => {
      const { list, byId, status } = people.get();
      if (status !== "ready") return;
      if (changed.some((change) => !byId.has(change.user_id))) void loadPeople();
      const changes = new Map(changed.map((change) => [change.user_id, change]));
      publish(list.map((person) => ({ ...person, ...changes.get(person.user_id) })));
    }),
  ];
  void loadPeople();
  return () => {
    for (const end of ends) end();
  };
}

export function usePeople(): PeopleState {
  return useStore(people);
}

/** The colleague with this Matrix id, or undefined (an outside caller, a person of another organisation). */
export function usePerson(userId: string | null | undefined): Person | undefined {
  return useSelected(
    people,
    useCallback((state: PeopleState) => (userId ? state.byId.get(userId) : undefined), [userId]),
  );
}
