import { navigate, paths } from "../routes/routes";
import { accounts } from "../api/accounts";
import { createStore } from "../state/store";
import type { Step } from "./flow";
import { begin, leave, session, signOut } from "./session";

/** Where a sign-in stands that began on another page than the door: with the link of a mail. */
export const waiting = createStore<Step | null>(null);

/** Signs in with a password that was just chosen; the further steps are the door's. */
export async function goOn(email: string, password: string): Promise<void> {
  const answer = await accounts.signIn(email, password);
  if ("person" in answer) {
    // The browser's cookie is the new session's already: the old one only has to be forgotten here.
    leave();
    begin(answer);
  } else if ("step" in answer) {
    if (session.get().status === "signed_in") await signOut();
    waiting.set(answer);
  }
  navigate(paths.home, { replace: true });
}
