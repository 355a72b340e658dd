import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { askAll, grantAfter, grants, readGrants, type Kind } from "./devices";

const fault = (name: string): Error => Object.assign(new Error(name), { name });

function browser(
  answers: Partial<Record<Kind, "allow" | Error>>,
  permissions?: "prompt" | "granted",
): string[] {
  const asked: string[] = [];
  vi.stubGlobal("Notification", {
    permission: "default",
    requestPermission: () => {
      asked.push("notifications");
      return Promise.resolve("granted");
    },
  });
  vi.stubGlobal("navigator", {
    permissions: {
      query: () => (permissions ? Promise.resolve({ state: permissions }) : Promise.reject(new TypeError())),
    },
    mediaDevices: {
      enumerateDevices: () => Promise.resolve([{ kind: "audioinput", label: "" }]),
      getUserMedia: (wanted: { audio?: boolean }) => {
        const kind = wanted.audio ? "microphone" : "camera";
        asked.push(kind);
        const answer = answers[kind];
        return answer instanceof Error
          ? Promise.reject(answer)
          : Promise.resolve({ getTracks: () => [{ stop: () => undefined }] });
      },
    },
  });
  return asked;
}

beforeEach(() => grants.set({ microphone: "unknown", camera: "unknown", notifications: "unknown" }));
afterEach(() => vi.unstubAllGlobals());

test("reading asks nobody, also where the browser does not tell", async () => {
  const asked = browser({});
  await readGrants();
  expect(grants.get()).toEqual({ microphone: "ask", camera: "ask", notifications: "ask" });
  expect(asked).toEqual([]);
});

test("all are asked for, one after the other; what was decided is not asked again", async () => {
  const asked = browser({ camera: fault("NotFoundError") }, "prompt");
  await readGrants();
  await askAll();
  expect(asked).toEqual(["microphone", "camera", "notifications"]);
  expect(grants.get()).toEqual({ microphone: "granted", camera: "missing", notifications: "granted" });
  await askAll();
  expect(asked).toHaveLength(3);
  await readGrants();
  expect(grants.get().camera).toBe("missing");
});

test.each([
  ["NotAllowedError", "denied"],
  ["NotFoundError", "missing"],
  ["NotReadableError", "granted"],
  ["AbortError", "ask"],
])("%s means %s", (name, grant) => {
  expect(grantAfter(fault(name))).toBe(grant);
});
