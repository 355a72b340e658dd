import { useCallback, useEffect, useState } from "react";

export interface Loaded<T> {
  /** Null until it is there. */
  value: T | null;
  failed: boolean;
  /** Asks again; what is known stays until the answer comes. */
  load: () => void;
  set: (change: (before: T) => T) => void;
}

/** What a question to the server answers; asked at once, and again when it is another question. */
export function useLoaded<T>(ask: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ value: T | null; failed: boolean }>({ value: null, failed: false });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let wanted = true;
    ask().then(
      (value) => wanted && setState({ value, failed: false }),
      () => wanted && setState((before) => ({ ...before, failed: true })),
    );
    return () => {
      wanted = false;
    };
  }, [ask, round]);
  const load = useCallback((): void => {
    setState((before) => ({ ...before, failed: false }));
    setRound((before) => before + 1);
  }, []);
  const set = useCallback((change: (before: T) => T): void => {
    setState((before) => (before.value === null ? before : { ...before, value: change(before.value) }));
  }, []);
  return { ...state, load, set };
}
