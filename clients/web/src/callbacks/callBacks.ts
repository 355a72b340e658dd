import { type CallBack, callBacksApi } from "../api/callBacks";
import { errorWords } from "../api/errors";
import { onServerEvent, onServerEventsOpen } from "../api/events";
import { i18n } from "../i18n/i18n";
import { createStore } from "../state/store";
import { toast } from "../ui/toasts";

/** The colleagues whom I wait for, on whichever device I said so. */
export const callBacks = createStore<readonly CallBack[]>([]);

/** Keeps them true to the house's word until the answer is called. */
export function followCallBacks(): () => void {
  callBacks.set([]);
  const ask = (): void => {
    callBacksApi.list().then(
      (found) => callBacks.set(found.call_backs),
      () => undefined, // the connection line tells of a server that does not answer
    );
  };
  const ends = [
    onServerEventsOpen(ask),
    onServerEvent("call_backs", (found) => callBacks.set(found.call_backs)),
  ];
  ask();
  return () => {
    for (const end of ends) end();
  };
}

/** Waits for a colleague, and says so. */
export async function askCallBack(userId: string, name: string, why: CallBack["why"]): Promise<void> {
  try {
    const found = await callBacksApi.ask(userId, why);
    callBacks.set(found.call_backs);
    const mine = found.call_backs.find(({ person }) => person.user_id === userId);
    const undo = mine && {
      label: i18n.t("cancel", { ns: "callbacks" }),
      run: () => void cancelCallBack(mine.id),
    };
    toast("success", i18n.t("asked", { ns: "callbacks", name }), undo ?? null);
  } catch (refusal) {
    toast("error", errorWords(refusal));
  }
}

/** It is gone at once, and there again when that fails. */
export async function cancelCallBack(id: string): Promise<void> {
  const before = callBacks.get();
  callBacks.set(before.filter((one) => one.id !== id));
  try {
    callBacks.set((await callBacksApi.cancel(id)).call_backs);
  } catch (refusal) {
    callBacks.set(before);
    toast("error", errorWords(refusal));
  }
}
