import { onServerEvent } from "../../api/events";
import type { CallRecord } from "../../api/types";
import { createStore } from "../../state/store";
import type { CallSnapshot } from "../call";
import { spokenFor } from "../outcome";

/** How long a conversation that ended is told of, in ms; longer where it ended otherwise than by hanging up. */
const RECEIPT_MS = 3_000;
const FAULT_MS = 8_000;
/** How far the page's clock and the house's may tell the same end, in ms. */
const NEAR_MS = 10_000;

/** The newest records of calls that ended, by room. */
export const endedRecords = createStore<ReadonlyMap<string, CallRecord>>(new Map());

/** Hears of them until the answer is called. */
export function followEndedRecords(): () => void {
  endedRecords.set(new Map());
  return onServerEvent("calls", ({ call }) => {
    if (call.room_id === null || spokenFor(call) === null) return;
    endedRecords.set(new Map(endedRecords.get()).set(call.room_id, call));
  });
}

/** Milliseconds that the two spoke: what the record says, which the log says too; what the page saw until it is there. */
export function spokenIn(call: CallSnapshot, record: CallRecord | undefined): number {
  const ended = call.endedAt ?? 0;
  const recorded =
    record?.ended_at && Math.abs(record.ended_at - ended) <= NEAR_MS ? spokenFor(record) : null;
  return recorded ?? Math.max(0, ended - (call.connectedAt ?? ended));
}

export function receiptMs({ endReason }: CallSnapshot): number {
  return endReason === "hung-up" || endReason === "peer-hung-up" ? RECEIPT_MS : FAULT_MS;
}
