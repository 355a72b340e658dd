import { ClientEvent, EventType, type MatrixClient, type MatrixEvent } from "matrix-js-sdk";
import { readPresence, setPresences } from "../../people/presence";

/** Keeps the presence store true to what the sync brings. */
export function followPresence(client: MatrixClient): () => void {
  const onEvent = (event: MatrixEvent): void => {
    if (event.getType() !== EventType.Presence) return;
    const userId = event.getSender();
    if (userId) setPresences([[userId, readPresence(event.getContent())]]);
  };
  client.on(ClientEvent.Event, onEvent);
  return () => {
    client.off(ClientEvent.Event, onEvent);
  };
}
