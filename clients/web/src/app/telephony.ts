import { api } from "../api/client";
import { onServerEvent, onServerEventsOpen } from "../api/events";
import { createStore, useStore } from "../state/store";

/** Whether the telephone service stands; null until the server has said. */
export const telephonyReady = createStore<boolean | null>(null);

/** Keeps `telephonyReady` true to the server's word until the answer is called. */
export function followTelephony(): () => void {
  const ask = (): void => {
    api.telephony().then(
      ({ ready }) => telephonyReady.set(ready),
      () => undefined, // the connection line tells of a server that does not answer
    );
  };
  const ends = [
    onServerEventsOpen(ask),
    onServerEvent("telephony", ({ ready }) => telephonyReady.set(ready)),
  ];
  ask();
  return () => {
    for (const end of ends) end();
  };
}

export function useTelephonyReady(): boolean | null {
  return useStore(telephonyReady);
}
