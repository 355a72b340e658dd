import type {
  LogAsked,
  LogPage,
  DialTarget,
  HeardSummary,
  Person,
  PublicConfig,
  SearchResult,
  TelephonyState,
  OwnPresenceChoice,
} from "./types";

/** A refusal by the server, or no answer at all (`code` "offline", `status` 0). */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly field: string | null = null,
    /** Seconds to wait before trying again, when the server said so. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

let onSignedOut: (() => void) | null = null;

/** Called when the server answers that nobody is signed in here: the session has ended. */
export function whenSignedOut(handler: (() => void) | null): void {
  onSignedOut = handler;
}

const SIGNED_OUT = new Set(["not_signed_in", "signed_in_elsewhere"]);

let leaving: Promise<unknown> = Promise.resolve();

/** Until the sign-out that is under way is through: its answer takes the cookie away, whichever session's it is. */
export function whenLeft(): Promise<unknown> {
  return leaving;
}

interface RequestOptions {
  /** Sent as JSON, or as it is when it is a file. */
  body?: unknown;
  signal?: AbortSignal;
}

export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const askedFor = onSignedOut;
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      credentials: "same-origin",
      headers: {
        // No other site's page can send it: the server takes it as proof that the request is ours.
        "X-Unisono": "1",
        ...(options.body === undefined ? {} : { "Content-Type": typeOf(options.body) }),
      },
      body: encode(options.body),
      signal: options.signal ?? null,
    });
  } catch (cause) {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError("offline", 0, "The server does not answer");
  }
  if (!response.ok) {
    const error = await readError(response);
    // A late answer to the session before says nothing of this one.
    if (SIGNED_OUT.has(error.code) && onSignedOut === askedFor) onSignedOut?.();
    throw error;
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}

function typeOf(body: unknown): string {
  return body instanceof Blob ? body.type : "application/json";
}

function encode(body: unknown): BodyInit | null {
  if (body === undefined) return null;
  return body instanceof Blob ? body : JSON.stringify(body);
}

/** The error of a response, whatever stands in its body (a proxy in front may answer in HTML). */
export async function readError(response: Response): Promise<ApiError> {
  const wait = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const retryAfter = Number.isNaN(wait) ? null : wait;
  const body: unknown = await response.json().catch(() => null);
  const error = (body as { error?: Record<string, unknown> } | null)?.error;
  if (error && typeof error.code === "string") {
    const field = typeof error.field === "string" ? error.field : null;
    return new ApiError(error.code, response.status, String(error.message ?? ""), field, retryAfter);
  }
  const code = response.status >= 502 && response.status <= 504 ? "offline" : "server_error";
  return new ApiError(code, response.status, response.statusText, null, retryAfter);
}

/** The query of `GET /calls`, and of what else asks as it does. */
export function logQuery(asked: LogAsked & { before?: number; timezone?: string }): string {
  const given = Object.entries(asked).filter(([, value]) => value !== undefined && value !== "");
  return new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
}

export const api = {
  session: () => request<{ person: Person }>("GET", "/session"),
  signOut: () => {
    const answer = request<void>("DELETE", "/session");
    leaving = answer.catch(() => undefined);
    return answer;
  },
  config: () => request<PublicConfig>("GET", "/config"),
  people: () => request<{ people: Person[] }>("GET", "/people"),
  search: (query: string, signal?: AbortSignal) =>
    request<{ results: SearchResult[] }>(
      "GET",
      `/search?q=${encodeURIComponent(query)}`,
      signal ? { signal } : {},
    ),
  dial: (number: string, onBehalfOf?: string) =>
    request<DialTarget>("POST", "/dial", {
      body: { number, ...(onBehalfOf && { on_behalf_of: onBehalfOf }) },
    }),
  directRoom: (userId: string) =>
    request<{ room_id: string }>("POST", "/rooms/direct", { body: { user_id: userId } }),
  calls: (asked: LogAsked & { before?: number } = {}) => request<LogPage>("GET", `/calls?${logQuery(asked)}`),
  callsSeen: (until: number) => request<void>("PUT", "/calls/seen", { body: { until } }),
  heard: (roomId: string, summary: HeardSummary) =>
    request<void>("POST", "/calls/heard", { body: { room_id: roomId, ...summary } }),
  setPresence: (choice: OwnPresenceChoice) => request<void>("PUT", "/presence", { body: choice }),
  presence: () => request<OwnPresenceChoice>("GET", "/presence"),
  lookup: (number: string) =>
    request<{ name: string | null }>("GET", `/lookup?number=${encodeURIComponent(number)}`),
  telephony: () => request<TelephonyState>("GET", "/telephony"),
};
