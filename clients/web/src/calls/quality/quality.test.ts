import { expect, test } from "vitest";
import type { CallRecord, SoundTrouble } from "../../api/types";
import { i18n, setLanguage } from "../../i18n/i18n";
import cases from "./emodel.cases.json";
import { score } from "./emodel";
import { readStats, type SoundCounters } from "./stats";
import { going, shownTrouble } from "./told";
import { type CallSound, SoundWatch } from "./watch";
import { troubleWords } from "./words";

test.each(cases)("the bridge has the same scale: %o", ({ codec, loss, round_trip, jitter, mos }) => {
  expect(score(codec, loss, round_trip, jitter)).toBeCloseTo(mos, 2);
});

/** A call that brings fifty packets a second, unless told otherwise; time passes by half seconds. */
class Flow {
  now = 1_000;
  rate = 50;
  loss = 0;
  speaks = true;
  held = false;
  muted = false;
  counters: SoundCounters = {
    packets: 0,
    lost: 0,
    jitter: 0.002,
    codec: "opus",
    roundTrip: 0.02,
    ownEnergy: 0,
    peerLoss: 0,
    connected: true,
  };
  readonly watch = new SoundWatch(this.now);

  passes(seconds: number): CallSound {
    let sound: CallSound = { score: null, trouble: null };
    for (let step = 0; step < seconds * 2; step += 1) {
      this.now += 500;
      const sent = this.rate / 2;
      const lost = Math.round(sent * this.loss);
      const { packets, lost: before, ownEnergy } = this.counters;
      this.counters = {
        ...this.counters,
        packets: packets + sent - lost,
        lost: before + lost,
        ownEnergy: ownEnergy === null ? null : ownEnergy + (this.speaks ? 0.1 : 0),
      };
      sound = this.watch.receive(this.counters, this.now, this.held, this.muted, this.now);
    }
    return sound;
  }
}

test("of a good call nothing is said, and it is measured", () => {
  const { score: mos, trouble } = new Flow().passes(12);
  expect(trouble).toBeNull();
  expect(mos).toBeCloseTo(4.41, 2);
});

test.each([
  [true, "blocked"],
  [false, "not_connected"],
])("that nothing arrives is known within two seconds (connected: %s)", (connected, why) => {
  const flow = new Flow();
  flow.rate = 0;
  flow.counters = { ...flow.counters, connected };
  expect(flow.passes(1.5).trouble).toBeNull();
  expect(flow.passes(0.5).trouble).toEqual({ fault: "nothing", why, mine: false });
  flow.rate = 50;
  expect(flow.passes(0.5).trouble).toBeNull();
});

test("sound that stops is missed, but not on hold", () => {
  const flow = new Flow();
  flow.passes(5);
  flow.rate = 0;
  flow.held = true;
  expect(flow.passes(30).trouble).toBeNull();
  flow.held = false;
  expect(flow.passes(7.5).trouble).toBeNull();
  expect(flow.passes(1).trouble).toEqual({ fault: "nothing", why: "stopped", mine: false });
});

test("a microphone that gives only silence is told to its owner, unless it is muted", () => {
  const flow = new Flow();
  flow.speaks = false;
  flow.muted = true;
  expect(flow.passes(20).trouble).toBeNull();
  flow.muted = false;
  expect(flow.passes(11.5).trouble).toBeNull();
  expect(flow.passes(1).trouble).toEqual({ fault: "silent", why: "muted", mine: true });
  flow.speaks = true;
  expect(flow.passes(0.5).trouble).toBeNull();
});

test("a browser that says nothing of its microphone is not judged by it", () => {
  const flow = new Flow();
  flow.counters = { ...flow.counters, ownEnergy: null };
  expect(flow.passes(30).trouble).toBeNull();
});

test("loss is told for the side whose sound it is", () => {
  const flow = new Flow();
  flow.loss = 0.2;
  expect(flow.passes(11).trouble).toEqual({ fault: "lossy", why: "network", mine: false });
  flow.loss = 0;
  flow.counters = { ...flow.counters, peerLoss: 0.3 };
  expect(flow.passes(10).trouble).toEqual({ fault: "lossy", why: "network", mine: true });
});

test("the counters are read out of a browser's report", () => {
  const report: [string, unknown][] = [
    ["V", { id: "V", type: "inbound-rtp", kind: "video", packetsReceived: 9 }],
    [
      "A",
      {
        id: "A",
        type: "inbound-rtp",
        kind: "audio",
        packetsReceived: 5,
        packetsLost: -1,
        jitter: 0.01,
        codecId: "C",
      },
    ],
    ["C", { id: "C", type: "codec", mimeType: "audio/opus" }],
    [
      "P",
      { id: "P", type: "candidate-pair", nominated: true, state: "succeeded", currentRoundTripTime: 0.03 },
    ],
    ["R", { id: "R", type: "remote-inbound-rtp", kind: "audio", fractionLost: 0.1 }],
    ["M", { id: "M", type: "media-source", kind: "audio", totalAudioEnergy: 0.5 }],
  ];
  expect(readStats(report, true)).toEqual({
    packets: 5,
    lost: 0,
    jitter: 0.01,
    codec: "opus",
    roundTrip: 0.03,
    ownEnergy: 0.5,
    peerLoss: 0.1,
    connected: true,
  });
  expect(readStats([], false)).toEqual({
    packets: 0,
    lost: 0,
    jitter: 0,
    codec: null,
    roundTrip: null,
    ownEnergy: null,
    peerLoss: null,
    connected: false,
  });
});

const lossy: SoundTrouble = { fault: "lossy", why: "network", mine: true, since: 1, until: null };
const nothing: SoundTrouble = { ...lossy, fault: "nothing", why: "blocked", mine: false };
const record = (troubles: SoundTrouble[] | undefined, ended: number | null = null): CallRecord =>
  ({ ended_at: ended, ...(troubles && { troubles }) }) as CallRecord;

test("of what the telephone service says, what goes on is shown, the worst first", () => {
  expect(going(record([lossy, nothing]))).toBe(nothing);
  expect(going(record([lossy, { ...nothing, until: 2 }]))).toBe(lossy);
  expect(going(record([lossy], 5))).toBeNull();
  expect(going(record(undefined))).toBeNull();
});

test("of what comes to us the browser knows best, of what goes from us the service does", () => {
  const well: CallSound = { score: 4.4, trouble: null };
  expect(shownTrouble(null, nothing)).toBe(nothing);
  expect(shownTrouble(well, nothing)).toBeNull();
  expect(shownTrouble(well, lossy)).toBe(lossy);
  expect(shownTrouble({ score: 1, trouble: nothing }, lossy)).toBe(nothing);
  expect(shownTrouble(well, null)).toBeNull();
});

test.each(["en", "it"] as const)("every trouble has its words (%s)", (language) => {
  setLanguage(language);
  const whys = [
    "blocked",
    "elsewhere",
    "not_connected",
    "stopped",
    "muted",
    "network",
    "far_network",
  ] as const;
  for (const fault of ["nothing", "silent", "lossy"] as const)
    for (const why of whys)
      for (const mine of [true, false]) {
        const words = troubleWords({ fault, why, mine }, "Bruno");
        expect(words.what + words.why).not.toContain("sound_");
      }
  expect(i18n.language).toBe(language);
});

test("of a call that is over, mean, worst moment and troubles are told", () => {
  const flow = new Flow();
  expect(flow.watch.summary(flow.now)).toBeNull();
  flow.passes(6);
  flow.loss = 0.2;
  flow.passes(10);
  const { heard, troubles } = flow.watch.summary(flow.now) ?? {};
  expect(heard).toMatchObject({ samples: 3, codec: "opus", jitter_ms: 2 });
  expect(heard?.mos_min).toBeLessThan(heard?.mos_mean ?? 0);
  expect(heard?.loss).toBeGreaterThan(0.1);
  expect(troubles).toEqual([
    { fault: "lossy", why: "network", side: "callee", since: 11_500, until: flow.now },
  ]);
});
