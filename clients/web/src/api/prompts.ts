import { request } from "./client";
import type { RungDevice } from "./services";

/** Where the speaker is, or how it ended (`wire/prompt.py`). */
export type PromptStep =
  | "called"
  | "briefed"
  | "recording"
  | "reviewed"
  | "keeping"
  | "kept"
  | "unconfirmed"
  | "left"
  | "silent"
  | "not_kept";

/** A prompt that is said into a telephone. `over`: the call has ended; `sound`: by which it is found once it is kept. */
export interface PromptRecording {
  id: string;
  devices: readonly RungDevice[];
  over: boolean;
  step: PromptStep | null;
  sound: string | null;
  seconds: number | null;
}

export const promptsApi = {
  /** Rings my devices. */
  begin: () => request<PromptRecording>("POST", "/prompt-recordings"),
  look: (id: string) => request<PromptRecording>("GET", `/prompt-recordings/${encodeURIComponent(id)}`),
};
