import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

const listeners = new Map<string, (data: { reason: string; browser?: string }) => void>();
const closeStream = vi.fn<() => void>();
const connection = { connect: vi.fn<() => Promise<void>>(), disconnect: vi.fn<() => void>() };
vi.mock("../matrix/connection", () => connection);
vi.mock("../api/events", () => ({
  startServerEvents: vi.fn<() => void>(),
  stopServerEvents: () => closeStream,
  onServerEvent: (kind: string, listener: (data: { reason: string; browser?: string }) => void) => {
    listeners.set(kind, listener);
    return () => undefined;
  },
}));

const person = { user_id: "@anna:localhost", name: "Anna", email: "a@b.c", extensions: ["201"], numbers: [] };
const matrix = { user_id: "@anna:localhost", device_id: "D", access_token: "T", homeserver_url: "" };
const STORED = "unisono.session";

type Answer = [status: number, body: unknown];

/** The server's answers by method; the requests it got. */
function serve(answers: Record<string, Answer>): string[] {
  const asked: string[] = [];
  vi.stubGlobal("fetch", (path: string, { method, body }: RequestInit) => {
    asked.push(`${method} ${path} ${typeof body === "string" ? body : ""}`.trim());
    const [status, answer] = answers[method ?? ""] ?? [500, {}];
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(answer), { status }));
  });
  return asked;
}

const load = () => import("./session");

beforeEach(() => {
  vi.resetModules();
  localStorage.clear();
  connection.connect.mockReset().mockResolvedValue();
  connection.disconnect.mockReset();
  closeStream.mockReset();
  vi.stubGlobal("matchMedia", () => ({ matches: false, addEventListener: () => undefined }));
});
afterEach(() => vi.unstubAllGlobals());

describe("signing in", () => {
  test("keeps person and token, and starts the device", async () => {
    const asked = serve({ POST: [200, { person, matrix }] });
    const { session, signIn } = await load();
    expect(session.get()).toEqual({ status: "signed_out", reason: null });
    await signIn("a@b.c", "secret");
    expect(asked[0]).toContain('"layout":"desktop"');
    expect(session.get()).toMatchObject({ status: "signed_in", person });
    expect(connection.connect).toHaveBeenCalledOnce();
    expect(localStorage.getItem(STORED)).not.toContain("secret");
  });

  test("that needs more than a password is not one yet", async () => {
    serve({ POST: [200, { step: "enrol", methods: ["totp"] }] });
    const { session, signIn } = await load();
    expect(await signIn("a@b.c", "secret")).toEqual({ step: "enrol", methods: ["totp"] });
    expect(session.get().status).toBe("signed_out");
    expect(localStorage.getItem(STORED)).toBeNull();
  });

  test("a refusal keeps nothing", async () => {
    serve({ POST: [401, { error: { code: "bad_credentials", message: "" } }] });
    const { session, signIn } = await load();
    await expect(signIn("a@b.c", "x")).rejects.toMatchObject({ code: "bad_credentials" });
    expect(session.get()).toMatchObject({ status: "signed_out", reason: null });
    expect(localStorage.getItem(STORED)).toBeNull();
  });
});

describe("coming back", () => {
  beforeEach(() => localStorage.setItem(STORED, JSON.stringify({ person, matrix })));

  test("shows the person at once, and what the server says of them after", async () => {
    serve({ GET: [200, { person: { ...person, name: "Anna Rossi" } }] });
    const { session, resume } = await load();
    expect(session.get()).toMatchObject({ status: "signed_in", person: { name: "Anna" } });
    resume();
    await vi.waitFor(() => expect(session.get()).toMatchObject({ person: { name: "Anna Rossi" } }));
  });

  test("to a session that goes on in another browser says so", async () => {
    serve({ GET: [401, { error: { code: "signed_in_elsewhere", message: "" } }] });
    const { session, resume } = await load();
    resume();
    await vi.waitFor(() => expect(session.get()).toMatchObject({ reason: "elsewhere" }));
    expect(connection.disconnect).toHaveBeenCalledOnce();
  });

  test("to a session that has ended leads to the door, with the reason", async () => {
    serve({ GET: [401, { error: { code: "not_signed_in", message: "" } }] });
    const { session, resume } = await load();
    resume();
    await vi.waitFor(() => expect(session.get()).toMatchObject({ status: "signed_out", reason: "ended" }));
    expect(connection.disconnect).toHaveBeenCalledOnce();
    expect(localStorage.getItem(STORED)).toBeNull();
  });

  test("while the server is away keeps the session", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("network")));
    const { session, resume } = await load();
    resume();
    await Promise.resolve();
    expect(session.get().status).toBe("signed_in");
  });

  test("what is stored and broken is no session", async () => {
    localStorage.setItem(STORED, "{broken");
    const { session } = await load();
    expect(session.get().status).toBe("signed_out");
  });

  test("signing out ends it at the server, and gives no reason for alarm", async () => {
    const asked = serve({ GET: [200, { person }], DELETE: [204, null] });
    const { session, resume, signOut } = await load();
    resume();
    await signOut();
    expect(asked).toContain("DELETE /api/v1/session");
    expect(session.get()).toMatchObject({ status: "signed_out", reason: "signed_out" });
    expect(localStorage.getItem(STORED)).toBeNull();
  });
});

test("who signs in again at once does so when the sign-out is through, which would take the new cookie", async () => {
  localStorage.setItem(STORED, JSON.stringify({ person, matrix }));
  const { session, signIn, signOut } = await load();
  const left = Promise.withResolvers<Response>();
  const asked: (string | undefined)[] = [];
  vi.stubGlobal("fetch", (_: string, { method }: RequestInit) => {
    asked.push(method);
    return method === "DELETE" ? left.promise : Promise.resolve(Response.json({ person, matrix }));
  });
  const leaving = signOut();
  // The server's word comes before its answer.
  listeners.get("signed-out")?.({ reason: "signed_out" });
  expect(session.get().status).toBe("signed_out");
  const entering = signIn("a@b.c", "secret");
  await Promise.resolve();
  expect(asked).toEqual(["DELETE"]);
  left.resolve(new Response(null, { status: 204 }));
  await Promise.all([leaving, entering]);
  expect(asked).toEqual(["DELETE", "POST"]);
  expect(session.get().status).toBe("signed_in");
});

test("what is refused to the device of a session before does not end this one", async () => {
  localStorage.setItem(STORED, JSON.stringify({ person, matrix }));
  serve({ GET: [200, { person }], POST: [200, { person, matrix }], DELETE: [204, null] });
  const { session, resume, signIn, signOut } = await load();
  resume();
  const [, refused] = connection.connect.mock.calls[0] as unknown as [unknown, () => void];
  await signOut();
  await signIn("a@b.c", "secret");
  refused();
  await new Promise((done) => setTimeout(done));
  expect(session.get().status).toBe("signed_in");
});

describe("the server's last word", () => {
  beforeEach(() => localStorage.setItem(STORED, JSON.stringify({ person, matrix })));

  test.each([
    ["elsewhere", "elsewhere"],
    ["password", "password"],
    ["ended", "closed"],
    ["removed", "ended"],
    ["never heard of", "ended"],
  ])("%s ends the session here, calls before connections", async (reason, shown) => {
    serve({});
    const { session, onSessionEnd } = await load();
    const order: string[] = [];
    onSessionEnd(() => void order.push("calls"));
    connection.disconnect.mockImplementation(() => void order.push("connection"));
    listeners.get("signed-out")?.({ reason, browser: "Firefox on Linux" });
    expect(session.get()).toMatchObject({ status: "signed_out", reason: shown, browser: "Firefox on Linux" });
    expect(order).toEqual(["calls", "connection"]);
    listeners.get("signed-out")?.({ reason: "password" });
    expect(session.get()).toMatchObject({ reason: shown });
  });

  test("is taken leave of when the calls have been hung up", async () => {
    serve({});
    const { session, onSessionEnd } = await load();
    const { promise, resolve } = Promise.withResolvers<void>();
    onSessionEnd(() => promise);
    listeners.get("signed-out")?.({ reason: "elsewhere" });
    expect(session.get().status).toBe("signed_out");
    await Promise.resolve();
    expect(closeStream).not.toHaveBeenCalled();
    resolve();
    await vi.waitFor(() => expect(closeStream).toHaveBeenCalledOnce());
  });
});
