import { useCallback, useEffect, useState } from "react";
import { accounts, type Account } from "../api/accounts";

export interface Loaded<T> {
  value: T | null;
  error: unknown;
  /** Asks again; what is shown stays until the answer comes. */
  load: () => void;
}

/** Something of the account, asked for when the page opens and after each change. */
export function useLoaded<T>(ask: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ value: T | null; error: unknown }>({ value: null, error: null });
  const load = useCallback(() => {
    ask().then(
      (value) => setState({ value, error: null }),
      (error: unknown) => setState((known) => ({ ...known, error })),
    );
  }, [ask]);
  useEffect(load, [load]);
  return { ...state, load };
}

export function useAccount(): Loaded<Account> {
  return useLoaded(accounts.account);
}
