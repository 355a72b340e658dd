import { createStore } from "../state/store";

export interface ToastAction {
  label: string;
  run: () => void;
}

export interface ToastMessage {
  id: number;
  kind: "info" | "success" | "error";
  text: string;
  action: ToastAction | null;
}

export const toasts = createStore<readonly ToastMessage[]>([]);

const SHOWN_MS = 6_000;
/** With something to do about it there must be time to read, decide and reach it. */
const SHOWN_TO_ACT_MS = 15_000;
const AT_MOST = 3;
let lastId = 0;

/** Says something for some seconds, with at most one thing to do about it. */
export function toast(kind: ToastMessage["kind"], text: string, action: ToastAction | null = null): number {
  const id = ++lastId;
  toasts.update((shown) => [...shown.slice(1 - AT_MOST), { id, kind, text, action }]);
  setTimeout(() => dismissToast(id), action ? SHOWN_TO_ACT_MS : SHOWN_MS);
  return id;
}

export function dismissToast(id: number): void {
  toasts.update((shown) => shown.filter((message) => message.id !== id));
}
