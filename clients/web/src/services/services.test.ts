import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ApiError } from "../api/client";
import type { Services } from "../api/services";
import { toasts } from "../ui/toasts";
import { BRUNO, fakeServices, MOBILE } from "./fakeServices";
import { changeServices, followServices, services, switchServices } from "./services";

interface Asked {
  method: string;
  body: unknown;
  answer: (status: number, body: unknown) => void;
}

let asked: Asked[] = [];
let end = (): void => undefined;

beforeEach(async () => {
  asked = [];
  vi.stubGlobal("fetch", (_path: string, { method, body }: RequestInit) => {
    return new Promise<Response>((resolve) => {
      asked.push({
        method: method ?? "",
        body: typeof body === "string" ? JSON.parse(body) : null,
        answer: (status, said) => resolve(Response.json(said, { status })),
      });
    });
  });
  end = followServices();
  const heard = new Promise<void>((resolve) => services.subscribe(resolve));
  (await next("GET")).answer(200, fakeServices());
  await heard;
});

afterEach(() => {
  end();
  vi.unstubAllGlobals();
});

/** The request that is asked next. */
async function next(method: string): Promise<Asked> {
  return vi.waitFor(() => {
    const found = asked.shift();
    if (found?.method !== method) throw new Error(`no ${method} was asked`);
    return found;
  });
}

const shown = (): Services | null => services.get().value;

test("a change is shown at once, and the house's word is what stays", async () => {
  const done = changeServices({ busy: { on: true, target: MOBILE } });
  expect(shown()?.busy).toEqual({ on: true, target: MOBILE });
  const request = await next("PATCH");
  expect(request.body).toEqual({ busy: { on: true, target: { kind: "number", number: "+393331234567" } } });
  const named = fakeServices({ busy: { on: true, target: BRUNO } });
  request.answer(200, named);
  await done;
  expect(shown()).toEqual(named);
});

test("what is refused is put back, and the change made after it holds", async () => {
  const refused = changeServices({ always: { on: true, target: BRUNO } });
  const later = changeServices({ do_not_disturb: true });
  expect(shown()).toMatchObject({ always: { on: true }, do_not_disturb: true });
  const first = await next("PATCH");
  expect(first.body).toEqual({
    always: { on: true, target: { kind: "colleague", user_id: "@bruno:localhost" } },
  });
  // They go one after the other.
  expect(asked).toEqual([]);
  first.answer(409, { error: { code: "own_number", message: "" } });
  await expect(refused).rejects.toThrow(ApiError);
  expect(shown()).toMatchObject({ always: { on: false }, do_not_disturb: true });
  (await next("PATCH")).answer(200, fakeServices({ do_not_disturb: true }));
  await later;
  expect(shown()).toEqual(fakeServices({ do_not_disturb: true }));
});

test("a switch that is refused says why", async () => {
  const done = switchServices({ busy: { on: true } });
  (await next("PATCH")).answer(409, { error: { code: "no_trunk", message: "" } });
  expect(await done).toBe(false);
  expect(toasts.get().at(-1)).toMatchObject({ kind: "error", text: "No line to the outside is configured." });
});

test("nobody's services are left when the session ends", () => {
  end();
  expect(shown()).toBeNull();
});
