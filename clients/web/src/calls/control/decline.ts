import { callControl } from "../../api/calls";
import { declinesGoOn, silence } from "../bell";
import { calls } from "../manager";
import { liveCalls, liveOf } from "./live";

/**
 * Declines a call that rings here. By a rule of mine the house may have it go on to somebody else: it is told so, since
 * a reject by Matrix would end the call of whoever calls.
 */
export function decline(id: string): void {
  const call = calls.get(id);
  if (!call) return;
  const { matrixCallId } = call.snapshot();
  const live = liveOf({ matrixCallId }, liveCalls.get());
  if (!declinesGoOn.get() || !live) {
    call.reject();
    return;
  }
  silence(matrixCallId);
  callControl.command(live.call_id, { action: "hang_up" }).catch(() => calls.get(id)?.reject());
}
