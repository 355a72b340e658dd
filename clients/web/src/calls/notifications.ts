import type { CallSnapshot } from "./call";
import type { CallsState } from "./manager";

/** What the desktop should be told: a call that begins to ring, one that stopped, one that was missed. */
export type DesktopNews =
  | { kind: "incoming"; call: CallSnapshot }
  | { kind: "silent"; id: string }
  | { kind: "missed"; call: CallSnapshot };

/** The news between two states of the calls. */
export function newsBetween(before: CallsState, after: CallsState): DesktopNews[] {
  const rang = ringingIds(before);
  const rings = ringingIds(after);
  const known = new Set(before.notices.map((notice) => notice.id));
  return [
    ...after.calls.filter((call) => rings.has(call.id) && !rang.has(call.id)).map(incoming),
    ...[...rang].filter((id) => !rings.has(id)).map((id) => ({ kind: "silent", id }) as const),
    ...after.notices.filter((notice) => notice.endReason === "missed" && !known.has(notice.id)).map(missed),
  ];
}

const incoming = (call: CallSnapshot): DesktopNews => ({ kind: "incoming", call });
const missed = (call: CallSnapshot): DesktopNews => ({ kind: "missed", call });

function ringingIds(state: CallsState): Set<string> {
  return new Set(state.calls.filter((call) => call.phase === "ringing-in").map((call) => call.id));
}

export interface DesktopWords {
  incoming: (call: CallSnapshot) => { title: string; body: string };
  missed: (call: CallSnapshot) => { title: string; body: string };
}

/** Shows the news as desktop notifications while the page is out of sight; withdraws what no longer rings. */
export class DesktopNotifier {
  private readonly shown = new Map<string, Notification>();

  constructor(
    private readonly words: DesktopWords,
    private readonly outOfSight: () => boolean,
  ) {}

  tell(news: DesktopNews): void {
    if (news.kind === "silent") return this.withdraw(news.id);
    if (!notificationsAllowed() || !this.outOfSight()) return;
    const { title, body } = this.words[news.kind](news.call);
    const ringing = news.kind === "incoming";
    this.show(news.call.id, title, {
      body,
      icon: "/icon.svg",
      tag: news.call.id,
      requireInteraction: ringing,
    });
  }

  private show(id: string, title: string, options: NotificationOptions): void {
    try {
      const notification = new Notification(title, options);
      notification.addEventListener("click", () => {
        window.focus();
        notification.close();
      });
      this.shown.set(id, notification);
    } catch {
      // Chrome on Android has no constructor: there a service worker has to show them.
    }
  }

  private withdraw(id: string): void {
    this.shown.get(id)?.close();
    this.shown.delete(id);
  }
}

export function notificationsAllowed(): boolean {
  return typeof Notification !== "undefined" && Notification.permission === "granted";
}
