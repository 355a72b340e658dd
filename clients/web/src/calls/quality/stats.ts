/** What a browser counts of one call's sound. Seconds; totals since the call began. */
export interface SoundCounters {
  packets: number;
  lost: number;
  jitter: number;
  codec: string | null;
  roundTrip: number | null;
  /** Energy of what our microphone gave; null when the browser does not say. */
  ownEnergy: number | null;
  /** Share of our packets that the peer says it lost lately; null when it says nothing. */
  peerLoss: number | null;
  connected: boolean;
}

/** The fields of `RTCStats` that are read (W3C, WebRTC statistics); browsers leave some out. */
interface Entry {
  id: string;
  type: string;
  kind?: string;
  packetsReceived?: number;
  packetsLost?: number;
  jitter?: number;
  codecId?: string;
  mimeType?: string;
  totalAudioEnergy?: number;
  fractionLost?: number;
  roundTripTime?: number;
  currentRoundTripTime?: number;
  nominated?: boolean;
  state?: string;
}

/** Reads the audio out of a report. */
export function readStats(report: Iterable<[string, unknown]>, connected: boolean): SoundCounters {
  const entries = new Map([...report] as [string, Entry][]);
  const of = (type: string): Entry | undefined =>
    [...entries.values()].find((entry) => entry.type === type && (entry.kind ?? "audio") === "audio");
  const inbound = of("inbound-rtp");
  const remote = of("remote-inbound-rtp");
  const pair = [...entries.values()].find(
    (entry) => entry.type === "candidate-pair" && entry.nominated && entry.state === "succeeded",
  );
  const mime = inbound?.codecId ? entries.get(inbound.codecId)?.mimeType : undefined;
  return {
    packets: inbound?.packetsReceived ?? 0,
    lost: Math.max(0, inbound?.packetsLost ?? 0),
    jitter: inbound?.jitter ?? 0,
    codec: mime?.split("/")[1] ?? null,
    roundTrip: pair?.currentRoundTripTime ?? remote?.roundTripTime ?? null,
    ownEnergy: of("media-source")?.totalAudioEnergy ?? null,
    peerLoss: remote?.fractionLost ?? null,
    connected,
  };
}
