import { EventEmitter } from "node:events";
import type { MatrixClient } from "matrix-js-sdk";
import { VerificationPhase, VerificationRequestEvent } from "matrix-js-sdk/lib/crypto-api";
import { afterEach, expect, test, vi } from "vitest";
import { verification } from "../../verification";
import { followVerification, verifyDevice } from "./verification";

class FakeVerifier extends EventEmitter {
  ends = Promise.withResolvers<void>();
  getShowSasCallbacks = () => ({
    sas: { emoji: [["x", "Dog"]] },
    confirm: () => Promise.resolve(),
    mismatch: () => undefined,
  });
  verify = (): Promise<void> => this.ends.promise;
}

class FakeRequest extends EventEmitter {
  phase = VerificationPhase.Requested;
  initiatedByMe = true;
  isSelfVerification = true;
  otherDeviceId = "OTHER";
  cancellationCode: string | null = null;
  verifier: FakeVerifier | undefined;
  startVerification = vi.fn<() => Promise<never>>(() => Promise.reject(new Error("no network")));
  get pending(): boolean {
    return this.phase !== VerificationPhase.Done && this.phase !== VerificationPhase.Cancelled;
  }
  async cancel(): Promise<void> {
    this.phase = VerificationPhase.Cancelled;
    this.verifier?.ends.reject(new Error("cancelled"));
  }
  becomes(phase: VerificationPhase): void {
    this.phase = phase;
    this.emit(VerificationRequestEvent.Change);
  }
}

function clientWith(request: () => Promise<FakeRequest>): MatrixClient & EventEmitter {
  const crypto = { requestDeviceVerification: request };
  const client = { getSafeUserId: () => "@anna:localhost", getCrypto: () => crypto };
  return Object.assign(new EventEmitter(), client) as unknown as MatrixClient & EventEmitter;
}

afterEach(() => verification.get()?.close());

test("what was put away does not come back, whatever ends of it later", async () => {
  const request = new FakeRequest();
  await verifyDevice(
    clientWith(async () => request),
    "OTHER",
  );
  request.verifier = new FakeVerifier();
  request.becomes(VerificationPhase.Started);
  expect(verification.get()?.stage).toBe("emoji");
  verification.get()?.close();
  await new Promise((done) => setTimeout(done));
  expect(request.phase).toBe(VerificationPhase.Cancelled);
  expect(verification.get()).toBeNull();
});

test("pressed twice, it asks once", async () => {
  const asked = vi.fn<() => Promise<FakeRequest>>(async () => new FakeRequest());
  const client = clientWith(asked);
  await Promise.all([verifyDevice(client, "OTHER"), verifyDevice(client, "OTHER")]);
  expect(asked).toHaveBeenCalledTimes(1);
});

test("what cannot be begun waits for a press", async () => {
  const request = new FakeRequest();
  await verifyDevice(
    clientWith(async () => request),
    "OTHER",
  );
  request.becomes(VerificationPhase.Ready);
  await vi.waitFor(() => expect(verification.get()?.stage).toBe("ready"));
  expect(request.startVerification).toHaveBeenCalledTimes(1);
  verification.get()?.begin();
  expect(request.startVerification).toHaveBeenCalledTimes(2);
});

test("after the end of the session nothing is shown any more", async () => {
  const request = new FakeRequest();
  const client = clientWith(async () => request);
  const end = followVerification(client);
  await verifyDevice(client, "OTHER");
  end();
  request.becomes(VerificationPhase.Cancelled);
  expect(verification.get()).toBeNull();
});
