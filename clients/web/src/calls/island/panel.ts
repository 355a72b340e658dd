import { createStore } from "../../state/store";

/** What is opened beside a call: its keypad, or the search for whom it goes to or who is to come. */
export type PanelKind = "keypad" | "transfer" | "add";

export interface OpenPanel {
  callId: string;
  kind: PanelKind;
}

/** At most one is open, wherever its call is shown. */
export const openPanel = createStore<OpenPanel | null>(null);

/** Opens a call's panel in place of any other, or closes it when it is the one that is open. */
export function togglePanel(callId: string, kind: PanelKind): void {
  openPanel.update((open) => (open?.callId === callId && open.kind === kind ? null : { callId, kind }));
}

export function closePanel(): void {
  openPanel.set(null);
}
