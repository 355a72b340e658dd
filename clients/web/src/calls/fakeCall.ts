import type { Call, CallSnapshot } from "./call";

export function snapshot(extra: Partial<CallSnapshot> = {}): CallSnapshot {
  return {
    id: "call-1",
    matrixCallId: extra.id ?? "call-1",
    roomId: "!room:localhost",
    direction: "inbound",
    phase: "ringing-in",
    peer: { userId: "@anna:localhost", name: "Anna", number: "201" },
    video: false,
    startedAt: 0,
    connectedAt: null,
    endedAt: null,
    muted: false,
    cameraOn: false,
    heldByUs: false,
    heldByPeer: false,
    canSendDtmf: false,
    canSendVideo: false,
    localStream: null,
    remoteStream: null,
    remoteVideo: false,
    endReason: null,
    trouble: null,
    sound: null,
    ...extra,
  };
}

/** A call for tests: it does what it is told at once, and notes it. */
export class FakeCall implements Call {
  readonly told: string[] = [];
  private readonly listeners = new Set<() => void>();

  constructor(private state: CallSnapshot) {}

  get id(): string {
    return this.state.id;
  }

  change(extra: Partial<CallSnapshot>): void {
    this.state = { ...this.state, ...extra };
    for (const listener of [...this.listeners]) listener();
  }

  snapshot(): CallSnapshot {
    return this.state;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async answer(video: boolean): Promise<void> {
    this.told.push(video ? "answer with video" : "answer");
    this.change({ phase: "connected", connectedAt: 1 });
  }

  reject(): void {
    this.told.push("reject");
    this.change({ phase: "ended", endReason: "declined-here" });
  }

  hangUp(): void {
    this.told.push("hang up");
    this.change({ phase: "ended", endReason: "hung-up" });
  }

  async setMuted(muted: boolean): Promise<void> {
    this.change({ muted });
  }

  async setCamera(on: boolean): Promise<void> {
    this.change({ cameraOn: on });
  }

  setHeld(held: boolean): void {
    this.told.push(held ? "hold" : "resume");
    this.change({ heldByUs: held, phase: held ? "held" : "connected" });
  }

  sendDtmf(digit: string): boolean {
    this.told.push(`tone ${digit}`);
    return this.state.canSendDtmf;
  }

  setPeer(peer: CallSnapshot["peer"]): void {
    this.change({ peer });
  }

  async abandon(): Promise<void> {
    this.told.push("abandon");
  }
}
