import { notificationsAllowed } from "../../calls/notifications";
import type { Visitor } from "../../api/meetings";

/** Tells a moderator who looks elsewhere that somebody is at the door; takes it back when nobody is any more. */
export class Knocks {
  private readonly told = new Map<string, Notification | null>();

  constructor(
    private readonly words: (visitor: Visitor) => { title: string; body: string },
    private readonly outOfSight: () => boolean,
  ) {}

  /** All who wait now; each is told of once. */
  tell(waiting: readonly Visitor[]): void {
    const ids = new Set(waiting.map((visitor) => visitor.id));
    for (const [id, notification] of this.told) {
      if (ids.has(id)) continue;
      notification?.close();
      this.told.delete(id);
    }
    for (const visitor of waiting) {
      if (!this.told.has(visitor.id)) this.told.set(visitor.id, this.show(visitor));
    }
  }

  private show(visitor: Visitor): Notification | null {
    if (!notificationsAllowed() || !this.outOfSight()) return null;
    const { title, body } = this.words(visitor);
    try {
      const notification = new Notification(title, { body, icon: "/icon.svg", tag: visitor.id });
      notification.addEventListener("click", () => {
        window.focus();
        notification.close();
      });
      return notification;
    } catch {
      // Chrome on Android has no constructor: there the card has to do.
      return null;
    }
  }
}
