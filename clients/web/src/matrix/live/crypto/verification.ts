import type { MatrixClient } from "matrix-js-sdk";
import {
  CryptoEvent,
  VerificationPhase,
  VerificationRequestEvent,
  VerifierEvent,
  type ShowSasCallbacks,
  type VerificationRequest,
  type Verifier,
} from "matrix-js-sdk/lib/crypto-api";
import { VerificationMethod } from "matrix-js-sdk/lib/types";
import { encryption } from "../../encryption";
import { verification, type VerificationStage } from "../../verification";
import { memberName } from "../names";

/** What we can do: no camera is asked for, so that nothing is scanned. */
export const METHODS = [VerificationMethod.Sas];

/** Shows what other devices and people ask for, one at a time. */
export function followVerification(client: MatrixClient): () => void {
  const onRequest = (request: VerificationRequest): void => {
    const open = verification.get();
    if (open && open.stage !== "done" && open.stage !== "cancelled") return;
    if (request.pending) new Flow(client, request).show();
  };
  client.on(CryptoEvent.VerificationRequestReceived, onRequest);
  return () => {
    client.off(CryptoEvent.VerificationRequestReceived, onRequest);
    verification.set(null);
  };
}

/** Asks my other devices. */
export async function verifyThisDevice(client: MatrixClient): Promise<void> {
  const request = await client.getCrypto()?.requestOwnUserVerification();
  if (request) new Flow(client, request).show();
}

/** Asks one of my other devices. */
export async function verifyDevice(client: MatrixClient, deviceId: string): Promise<void> {
  const request = await client.getCrypto()?.requestDeviceVerification(client.getSafeUserId(), deviceId);
  if (request) new Flow(client, request).show();
}

/** Asks somebody, in our direct room. */
export async function verifyPerson(client: MatrixClient, userId: string, roomId: string): Promise<void> {
  const request = await client.getCrypto()?.requestVerificationDM(userId, roomId);
  if (request) new Flow(client, request).show();
}

/** One verification, from its request on. */
class Flow {
  private driven: Verifier | null = null;
  private sas: ShowSasCallbacks | null = null;
  private begun = false;
  private confirmed = false;

  constructor(
    private readonly client: MatrixClient,
    private readonly request: VerificationRequest,
  ) {}

  show(): void {
    this.request.on(VerificationRequestEvent.Change, this.step);
    this.step();
  }

  private readonly step = (): void => {
    const { phase, initiatedByMe, verifier } = this.request;
    // Whoever asked begins; the other may, where their client does not.
    if (phase === VerificationPhase.Ready && initiatedByMe) this.begin();
    if (verifier && verifier !== this.driven) this.drive(verifier);
    this.publish();
  };

  private drive(verifier: Verifier): void {
    this.driven = verifier;
    verifier.on(VerifierEvent.ShowSas, (sas) => {
      this.sas = sas;
      this.publish();
    });
    this.sas = verifier.getShowSasCallbacks();
    // How it ends is said by the request's phase.
    verifier.verify().then(this.step, this.step);
  }

  private readonly begin = (): void => {
    if (this.begun) return;
    this.begun = true;
    this.request.startVerification(VerificationMethod.Sas).then(this.step, () => {
      this.begun = false;
      this.step();
    });
  };

  private stage(): VerificationStage {
    switch (this.request.phase) {
      case VerificationPhase.Done:
        return "done";
      case VerificationPhase.Cancelled:
        return "cancelled";
      case VerificationPhase.Requested:
        return this.request.initiatedByMe || this.request.accepting ? "waiting" : "incoming";
      case VerificationPhase.Ready:
        return this.begun || this.request.initiatedByMe ? "waiting" : "ready";
      default:
        if (this.confirmed) return "confirming";
        return this.sas ? "emoji" : "waiting";
    }
  }

  private publish(): void {
    const self = this.request.isSelfVerification;
    verification.set({
      stage: this.stage(),
      self,
      name: self ? this.deviceName() : this.personName(),
      emoji: this.sas?.sas.emoji ?? [],
      code: this.request.cancellationCode ?? "",
      accept: () => void this.request.accept().then(this.step, this.step),
      begin: this.begin,
      matches: () => {
        this.confirmed = true;
        this.sas?.confirm().catch(() => {
          // Not sent: it can be pressed again.
          this.confirmed = false;
          this.publish();
        });
        this.publish();
      },
      differs: () => this.sas?.mismatch(),
      close: this.close,
    });
  }

  private deviceName(): string {
    const { otherDeviceId } = this.request;
    const known = encryption.get().devices.find(({ deviceId }) => deviceId === otherDeviceId);
    return known?.name ?? otherDeviceId ?? "";
  }

  private personName(): string {
    const { roomId, otherUserId } = this.request;
    return memberName(this.client.getRoom(roomId), otherUserId);
  }

  private readonly close = (): void => {
    this.request.off(VerificationRequestEvent.Change, this.step);
    // What has ended cannot be cancelled; what cannot be told to the other ends there by itself.
    if (this.request.pending) this.request.cancel().catch(() => undefined);
    verification.set(null);
  };
}
