import { useCallback, useRef, useSyncExternalStore } from "react";

/** A value that can be watched. State lives in these, outside React; components read it through hooks. */
export interface Store<T> {
  get(): T;
  set(next: T): void;
  update(change: (previous: T) => T): void;
  subscribe(listener: () => void): () => void;
}

/** Makes a store; listeners run only when the value is not the same object (`Object.is`). */
export function createStore<T>(initial: T): Store<T> {
  let value = initial;
  const listeners = new Set<() => void>();
  const set = (next: T): void => {
    if (Object.is(next, value)) return;
    value = next;
    for (const listener of [...listeners]) listener();
  };
  return {
    get: () => value,
    set,
    update: (change) => set(change(value)),
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The store's value, re-rendering when it changes. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}

/**
 * A part of the store's value; the component renders again only when that part changes (`Object.is`),
 * so a selector returns something that already exists in the state, or a primitive.
 */
export function useSelected<T, S>(store: Store<T>, select: (value: T) => S): S {
  const last = useRef<{ value: T; select: (value: T) => S; selected: S } | null>(null);
  const read = useCallback(() => {
    const value = store.get();
    const known = last.current;
    if (known && Object.is(known.value, value) && known.select === select) return known.selected;
    const selected = select(value);
    last.current = { value, select, selected };
    return selected;
  }, [store, select]);
  return useSyncExternalStore(store.subscribe, read);
}
