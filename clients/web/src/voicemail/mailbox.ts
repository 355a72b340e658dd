import { onServerEvent, onServerEventsOpen } from "../api/events";
import { type Mailbox, type MailKind, voicemail, type VoiceMessage } from "../api/voicemail";
import { i18n } from "../i18n/i18n";
import { createStore, type Store } from "../state/store";
import { toast } from "../ui/toasts";

export type MailboxState =
  | { status: "loading" }
  | { status: "error" }
  | { status: "ready"; mailbox: Mailbox };

const LOADING: MailboxState = { status: "loading" };

export const mailbox: Store<MailboxState> = createStore<MailboxState>(LOADING);

/** Messages not heard yet. */
export function unheard(state: MailboxState): number {
  return state.status === "ready" ? state.mailbox.unseen : 0;
}

/** The message that was left in a call; undefined for a call without one. */
export function messageOf(state: MailboxState, callId: string): VoiceMessage | undefined {
  return state.status === "ready"
    ? state.mailbox.messages.find((message) => message.call_id === callId)
    : undefined;
}

export async function loadMailbox(): Promise<void> {
  try {
    mailbox.set({ status: "ready", mailbox: await voicemail.mailbox() });
  } catch {
    mailbox.update((state) => (state.status === "ready" ? state : { status: "error" }));
  }
}

/** Keeps it true to the server's events until the answer is called. */
export function followMailbox(): () => void {
  mailbox.set(LOADING);
  const ends = [
    onServerEventsOpen(() => void loadMailbox()),
    onServerEvent("voicemail", (changed) => mailbox.set({ status: "ready", mailbox: changed })),
  ];
  void loadMailbox();
  return () => {
    for (const end of ends) end();
  };
}

/** Has calls that I do not take go to the mailbox, or end. */
export function switchMailbox(on: boolean): Promise<void> {
  return tried(async () => mailbox.set({ status: "ready", mailbox: await voicemail.choose({ on }) }));
}

/** Has me told of messages by mail. */
export function chooseMail(mail: MailKind): Promise<void> {
  return tried(async () => mailbox.set({ status: "ready", mailbox: await voicemail.choose({ mail }) }));
}

/** Whoever plays a message has heard it. */
export function markHeard({ id, seen }: VoiceMessage): Promise<void> {
  return seen ? Promise.resolve() : tried(() => voicemail.seen(id, true));
}

/** Deletes a message; a notice offers to bring it back. */
export function removeMessage(id: string): Promise<void> {
  return tried(async () => {
    await voicemail.remove(id);
    const words = { ns: "voicemail" } as const;
    toast("info", i18n.t("deleted", words), {
      label: i18n.t("undo", words),
      run: () => void tried(() => voicemail.restore(id)),
    });
  });
}

/** The server tells what has changed; of what could not be done we tell. */
async function tried(change: () => Promise<void>): Promise<void> {
  try {
    await change();
  } catch {
    toast("error", i18n.t("not_done", { ns: "voicemail" }));
  }
}
