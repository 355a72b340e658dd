import { api, ApiError, whenSignedOut } from "../api/client";
import { startServerEvents, stopServerEvents } from "../api/events";
import type { MatrixLogin, Person } from "../api/types";
import { connect, disconnect } from "../matrix/connection";
import { createStore, useStore } from "../state/store";

/** Why the sign-in page is shown: "ended" when the session stopped without being asked to. */
export type SignedOutReason = "ended" | "signed_out" | null;

export type Session =
  | { status: "signed_out"; reason: SignedOutReason }
  | { status: "signed_in"; person: Person; matrix: MatrixLogin };

const STORED = "unisono.session";

/** What is kept in this browser: the person to show at once, and the Matrix device's token. */
interface Stored {
  person: Person;
  matrix: MatrixLogin;
}

function readStored(): Stored | null {
  try {
    const stored = JSON.parse(localStorage.getItem(STORED) ?? "null") as Stored | null;
    return stored?.matrix?.access_token && stored.person?.user_id ? stored : null;
  } catch {
    return null;
  }
}

const stored = readStored();

export const session = createStore<Session>(
  stored ? { status: "signed_in", ...stored } : { status: "signed_out", reason: null },
);

export function useSession(): Session {
  return useStore(session);
}

/** The signed-in person; for components that exist only then. */
export function useMe(): Person {
  const current = useSession();
  if (current.status !== "signed_in") throw new Error("nobody is signed in");
  return current.person;
}

/** Signs in and keeps the device's token; the layout decides which of a person's two devices this is. */
export async function signIn(email: string, password: string): Promise<void> {
  const layout = window.matchMedia("(max-width: 699px)").matches ? "phone" : "desktop";
  keep(await api.signIn(email, password, layout));
  start();
}

/** Takes up the session that this browser remembers, and asks the server whether it still stands. */
export function resume(): void {
  if (session.get().status !== "signed_in") return;
  start();
  api
    .session()
    .then(({ person }) => {
      const current = session.get();
      if (current.status === "signed_in") keep({ person, matrix: current.matrix });
    })
    .catch((error: unknown) => {
      // A 401 has signed out already; without an answer the connection line tells.
      if (!(error instanceof ApiError)) throw error;
    });
}

/** Signs out here and at the server, which ends the Matrix device. */
export async function signOut(): Promise<void> {
  whenSignedOut(null);
  await api.signOut().catch(() => undefined);
  end("signed_out");
}

function keep(next: Stored): void {
  localStorage.setItem(STORED, JSON.stringify({ person: next.person, matrix: next.matrix }));
  session.set({ status: "signed_in", person: next.person, matrix: next.matrix });
}

function start(): void {
  const current = session.get();
  if (current.status !== "signed_in") return;
  const onEnded = (): void => end("ended");
  whenSignedOut(onEnded);
  startServerEvents();
  void connect(current.matrix, onEnded);
}

function end(reason: SignedOutReason): void {
  whenSignedOut(null);
  stopServerEvents();
  disconnect();
  localStorage.removeItem(STORED);
  session.set({ status: "signed_out", reason });
}

// Another tab of this browser signed out, or in as somebody else: follow it.
window.addEventListener("storage", (event) => {
  if (event.key !== STORED) return;
  const next = readStored();
  const current = session.get();
  if (!next && current.status === "signed_in") end("signed_out");
  else if (next && current.status === "signed_out") window.location.reload();
});
