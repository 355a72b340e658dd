import { useEffect, useState } from "react";
import type { Link } from "../api/accounts";

export type LinkState =
  | { status: "looking" }
  | { status: "good"; link: Link }
  | { status: "bad"; error: unknown };

/** Asks what a link of a mail is good for. */
export function useLink(token: string, look: (token: string) => Promise<Link>): LinkState {
  const [state, setState] = useState<LinkState>({ status: "looking" });
  useEffect(() => {
    let current = true;
    look(token).then(
      (link) => current && setState({ status: "good", link }),
      (error: unknown) => current && setState({ status: "bad", error }),
    );
    return () => {
      current = false;
    };
  }, [token, look]);
  return state;
}
