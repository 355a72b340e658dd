import { afterEach, expect, test, vi } from "vitest";
import { followCallerNames } from "./callerNames";
import { FakeCall, snapshot } from "./fakeCall";
import { calls } from "./manager";

const GHOST = { userId: "@_tel_+390698765432:localhost", name: "06 9876 5432", number: "+390698765432" };

afterEach(() => vi.unstubAllGlobals());

test("a caller whom a phonebook knows is shown by name, and is asked for once", async () => {
  const fetch = vi.fn<(url: string) => Promise<Response>>(() =>
    Promise.resolve(Response.json({ name: "Ferramenta Sala", entry: null })),
  );
  vi.stubGlobal("fetch", fetch);
  const end = followCallerNames();
  calls.adopt(new FakeCall(snapshot({ id: "a", peer: GHOST })));
  calls.adopt(new FakeCall(snapshot({ id: "b", peer: { ...GHOST, userId: "@bruno:localhost" } })));
  await vi.waitFor(() => expect(calls.store.get().calls[0]?.peer.name).toBe("Ferramenta Sala"));
  expect(calls.store.get().calls[1]?.peer.name).toBe(GHOST.name);
  expect(fetch.mock.calls.map(([url]) => url)).toEqual(["/api/v1/lookup?number=%2B390698765432"]);
  end();
});
