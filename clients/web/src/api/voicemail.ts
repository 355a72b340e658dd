import { request } from "./client";

/** A message that somebody left; `caller` has no number when they hide it. Times in ms since the epoch. */
export interface VoiceMessage {
  id: string;
  call_id: string;
  caller: { user_id: string | null; name: string; number: string | null };
  left_at: number;
  duration_ms: number;
  seen: boolean;
}

/** What I am told by mail: that there is a message, or its sound as well, as a WAV file or a small one. */
export type MailKind = "none" | "notice" | "sound" | "opus";

/**
 * `on`: calls that I do not take go there. It holds `most` messages, each for `days` (0: for ever). `mail` is null
 * where no mail can be sent. With a `pin` it can be heard from any telephone.
 */
export interface Mailbox {
  on: boolean;
  messages: VoiceMessage[];
  unseen: number;
  most: number;
  days: number;
  mail: MailKind | null;
  pin: boolean;
  /** When it was chosen; 0: long ago. */
  pin_chosen_at: number | null;
}

/** What holds for all mailboxes; `by_default`: people have one who did not choose. */
export interface VoicemailRules {
  by_default: boolean;
  /** Of the longest message. */
  seconds: number;
  messages: number;
  /** 0: for ever. */
  days: number;
}

function path(id: string, rest = ""): string {
  return `/voicemail/${encodeURIComponent(id)}${rest}`;
}

export const voicemail = {
  mailbox: () => request<Mailbox>("GET", "/voicemail"),
  /** What is not named stays as it is. */
  choose: (chosen: { on?: boolean; mail?: MailKind }) =>
    request<Mailbox>("PUT", "/voicemail/settings", { body: chosen }),
  choosePin: (pin: string) => request<Mailbox>("PUT", "/voicemail/pin", { body: { pin } }),
  removePin: () => request<Mailbox>("DELETE", "/voicemail/pin"),
  seen: (id: string, seen: boolean) => request<void>("PUT", path(id, "/seen"), { body: { seen } }),
  remove: (id: string) => request<void>("DELETE", path(id)),
  restore: (id: string) => request<void>("POST", path(id, "/restore")),
  rules: () => request<VoicemailRules>("GET", "/voicemail-rules"),
  /** What is not named stays as it is. */
  rule: (chosen: Partial<VoicemailRules>) =>
    request<VoicemailRules>("PUT", "/voicemail-rules", { body: chosen }),
  /** The address of its sound. */
  sound: (id: string) => `/api/v1${path(id, "/sound")}`,
};
