import { accounts, type Complete, type SignInAnswer } from "../api/accounts";
import { api, ApiError, whenSignedOut } from "../api/client";
import { onServerEvent, startServerEvents, stopServerEvents } from "../api/events";
import type { MatrixLogin, Person } from "../api/types";
import { connect, disconnect } from "../matrix/connection";
import { createStore, useStore } from "../state/store";

/**
 * Why the sign-in page is shown. "elsewhere": the session of this layout goes on in another browser; "password": it
 * was changed; "closed": ended from the list of sessions; "ended": stopped, and nobody could say why.
 */
export type SignedOutReason = "elsewhere" | "password" | "closed" | "ended" | "signed_out" | null;

export interface SignedOut {
  status: "signed_out";
  reason: SignedOutReason;
  /** Where the session goes on, as the server calls it; empty when that is not known. */
  browser?: string;
  /** When it was noticed, in ms. */
  at?: number;
}

export type Session = SignedOut | { status: "signed_in"; person: Person; matrix: MatrixLogin };

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

/** Asks for a session; where the server asks for more than a password, its answer is the next step. */
export async function signIn(email: string, password: string): Promise<SignInAnswer> {
  const answer = await accounts.signIn(email, password);
  if ("person" in answer) begin(answer);
  return answer;
}

/** Keeps the device's token of a finished sign-in, and starts the device. */
export function begin({ person, matrix }: Complete): void {
  keep({ person, matrix });
  start();
}

/** Forgets the session in this browser alone, when another has taken its place at the server. */
export function leave(): void {
  end("signed_out");
}

/** Shows what has changed in the person's own details. */
function updateMe(person: Person): void {
  const current = session.get();
  if (current.status === "signed_in") keep({ person, matrix: current.matrix });
}

/** Asks the server who I am now. */
export async function refreshMe(): Promise<void> {
  updateMe((await api.session()).person);
}

/** Takes up the session that this browser remembers, and asks the server whether it still stands. */
export function resume(): void {
  if (session.get().status !== "signed_in") return;
  start();
  refreshMe().catch((error: unknown) => {
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
  const onEnded = (): void => void endWithReason(current.matrix);
  whenSignedOut(onEnded);
  startServerEvents();
  void connect(current.matrix, onEnded);
}

/** What the server's last words to this session were; they come just before its token stops working. */
function onSignedOutEvent({ reason, browser }: { reason: string; browser?: string }): void {
  end(REASONS[reason] ?? "ended", browser);
}

const REASONS: Partial<Record<string, SignedOutReason>> = {
  elsewhere: "elsewhere",
  password: "password",
  ended: "closed",
  signed_out: "signed_out",
};

/**
 * A request was refused: asks why once more, unless the event stream has said so meanwhile. What is refused late to
 * the device of a session before says nothing of this one.
 */
async function endWithReason(matrix: MatrixLogin): Promise<void> {
  if (!isStill(matrix)) return;
  whenSignedOut(null);
  const why = await api.session().then(
    () => null,
    (error: unknown) => (error instanceof ApiError ? error : null),
  );
  if (!isStill(matrix)) return;
  end(why?.code === "signed_in_elsewhere" ? "elsewhere" : "ended");
}

function isStill(matrix: MatrixLogin): boolean {
  const current = session.get();
  return current.status === "signed_in" && current.matrix === matrix;
}

function end(reason: SignedOutReason, browser?: string): void {
  if (session.get().status !== "signed_in") return;
  whenSignedOut(null);
  const farewells = [...ending].map((listener) => listener());
  // The server keeps the session's device until then, so that what is said now is still heard.
  void Promise.allSettled(farewells).then(stopServerEvents());
  disconnect();
  localStorage.removeItem(STORED);
  session.set({ status: "signed_out", reason, browser: browser ?? "", at: Date.now() });
}

type Farewell = () => Promise<void> | void;
const ending = new Set<Farewell>();

/** Called when the session ends, before its connections are cut; the answer ends it. */
export function onSessionEnd(listener: Farewell): () => void {
  ending.add(listener);
  return () => ending.delete(listener);
}

onServerEvent("signed-out", onSignedOutEvent);

// Another tab of this browser signed out, or in as somebody else: follow it.
window.addEventListener("storage", (event) => {
  if (event.key !== STORED) return;
  const next = readStored();
  const current = session.get();
  if (!next && current.status === "signed_in") end("signed_out");
  else if (next && current.status === "signed_out") window.location.reload();
});
