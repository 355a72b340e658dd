import { guests } from "../api/guest";
import { meeting } from "../meetings/session/meeting";
import { DoorTrouble } from "../meetings/session/trouble";
import type {
  Breakouts,
  Encryption,
  MeetingChat,
  MeetingDoor,
  SealedChat,
  Ticket,
} from "../meetings/session/types";

/** A guest's way in: the server holds their place and gives tickets for it as long as they are let in. */
export class GuestDoor implements MeetingDoor {
  readonly key: string;
  readonly roomId = null;
  readonly moderation = null;
  readonly chat: MeetingChat;
  readonly signs = null;

  /**
   * @param chat - through the server.
   * @param sealedChat - in its place where the meeting is encrypted.
   */
  constructor(
    guestId: string,
    readonly title: string,
    chat: MeetingChat,
    readonly encryption: Encryption | null,
    readonly breakouts: Breakouts,
    readonly sealedChat: (MeetingChat & SealedChat) | null,
  ) {
    this.chat = sealedChat ?? chat;
    this.key = `guest:${guestId}`;
  }

  async ticket(place: string | null): Promise<Ticket> {
    const { sfu, breakout } = await guests.place(place === null);
    if (!sfu || (place !== null && breakout?.id !== place)) throw new DoorTrouble("not_allowed");
    return sfu;
  }

  // The server tells the room that a guest is in the call.
  async entered(): Promise<void> {}

  async left(): Promise<void> {
    // Of any other end the server knows; in another tab the same guest may be inside.
    if (meeting.get()?.phase === "left") await guests.leave();
  }
}
