import type { MatrixClient } from "matrix-js-sdk";
import {
  CryptoEvent,
  VerificationPhase,
  VerificationRequestEvent,
  VerifierEvent,
  type CryptoApi,
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
    if (request.pending) show(new Flow(client, request));
  };
  client.on(CryptoEvent.VerificationRequestReceived, onRequest);
  return () => {
    client.off(CryptoEvent.VerificationRequestReceived, onRequest);
    shown = null;
    verification.set(null);
  };
}

/** Asks my other devices. */
export function verifyThisDevice(client: MatrixClient): Promise<void> {
  return ask(client, (crypto) => crypto.requestOwnUserVerification());
}

/** Asks one of my other devices. */
export function verifyDevice(client: MatrixClient, deviceId: string): Promise<void> {
  return ask(client, (crypto) => crypto.requestDeviceVerification(client.getSafeUserId(), deviceId));
}

/** Asks somebody, in our direct room. */
export function verifyPerson(client: MatrixClient, userId: string, roomId: string): Promise<void> {
  return ask(client, (crypto) => crypto.requestVerificationDM(userId, roomId));
}

let asking = false;

/** Pressed twice, it asks once. */
async function ask(
  client: MatrixClient,
  request: (crypto: CryptoApi) => Promise<VerificationRequest>,
): Promise<void> {
  const crypto = client.getCrypto();
  if (!crypto || asking) return;
  asking = true;
  try {
    show(new Flow(client, await request(crypto)));
  } finally {
    asking = false;
  }
}

/** The one that is shown: of another nothing is told any more. */
let shown: Flow | null = null;

function show(flow: Flow): void {
  shown?.close();
  shown = flow;
  flow.start();
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

  start(): void {
    this.request.on(VerificationRequestEvent.Change, this.step);
    this.step();
  }

  private readonly step = (): void => {
    if (shown !== this) return;
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
      // Not by itself again: it would fail at once for as long as there is no network.
      this.begun = false;
      this.publish();
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
        return this.begun ? "waiting" : "ready";
      default:
        if (this.confirmed) return "confirming";
        return this.sas ? "emoji" : "waiting";
    }
  }

  private publish(): void {
    if (shown !== this) return;
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

  readonly close = (): void => {
    this.request.off(VerificationRequestEvent.Change, this.step);
    // What has ended cannot be cancelled; what cannot be told to the other ends there by itself.
    if (this.request.pending) this.request.cancel().catch(() => undefined);
    if (shown !== this) return;
    shown = null;
    verification.set(null);
  };
}
