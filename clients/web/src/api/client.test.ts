import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { i18n, setLanguage } from "../i18n/i18n";
import { api, ApiError, readError, whenSignedOut } from "./client";
import { errorWords } from "./errors";

const answer = (status: number, body: unknown, headers: Record<string, string> = {}): Response =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });

afterEach(() => {
  vi.unstubAllGlobals();
  whenSignedOut(null);
});

describe("an error response", () => {
  test("keeps the code, the field and how long to wait", async () => {
    const body = { error: { code: "too_many_attempts", message: "no", field: "email" } };
    const error = await readError(answer(429, body, { "Retry-After": "90" }));
    expect(error).toMatchObject({ code: "too_many_attempts", status: 429, field: "email", retryAfter: 90 });
  });

  test.each([
    [502, "<html>", "offline"],
    [500, "<html>", "server_error"],
    [400, { error: "x" }, "server_error"],
  ])("%i with %j is %s", async (status, body, code) => {
    expect((await readError(answer(status, body))).code).toBe(code);
  });
});

describe("a request", () => {
  test("without an answer is offline", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("network")));
    await expect(api.people()).rejects.toMatchObject({ code: "offline", status: 0 });
  });

  test("answered 401 ends the session, but not a wrong password", async () => {
    const ended = vi.fn<() => void>();
    whenSignedOut(ended);
    const refuse = (code: string): void => {
      vi.stubGlobal("fetch", () => Promise.resolve(answer(401, { error: { code, message: "" } })));
    };
    refuse("bad_credentials");
    await expect(api.people()).rejects.toBeInstanceOf(ApiError);
    expect(ended).not.toHaveBeenCalled();
    refuse("not_signed_in");
    await expect(api.people()).rejects.toBeInstanceOf(ApiError);
    expect(ended).toHaveBeenCalledOnce();
    refuse("signed_in_elsewhere");
    await expect(api.people()).rejects.toBeInstanceOf(ApiError);
    expect(ended).toHaveBeenCalledTimes(2);
  });

  test("of the session before that is refused late does not end this one", async () => {
    const ended = vi.fn<() => void>();
    const late = Promise.withResolvers<Response>();
    vi.stubGlobal("fetch", () => late.promise);
    whenSignedOut(() => undefined);
    const asking = api.people();
    whenSignedOut(ended);
    late.resolve(answer(401, { error: { code: "not_signed_in", message: "" } }));
    await expect(asking).rejects.toBeInstanceOf(ApiError);
    expect(ended).not.toHaveBeenCalled();
  });
});

describe("the words of an error", () => {
  beforeAll(() => setLanguage("it"));
  test.each([
    [new ApiError("bad_credentials", 401, ""), "E-mail o password errate."],
    [new ApiError("too_many_attempts", 429, "", null, 61), "Troppi tentativi. Riprova tra 2 minuti."],
    [new ApiError("never_heard_of", 400, ""), "Qualcosa è andato storto. Riprova."],
    [new Error("bug"), "Qualcosa è andato storto. Riprova."],
  ])("%s", (error, words) => {
    expect(i18n.language).toBe("it");
    expect(errorWords(error)).toBe(words);
  });
});
