import {
  type LocalParticipant,
  type LocalTrack,
  type LocalTrackPublication,
  ParticipantEvent,
} from "livekit-client";
import { type Device, deviceOf, isOpen } from "./carried";

/**
 * Which devices are open for a room, so that they stay open while the connection is made anew, and none is left open.
 *
 * The library opens camera and microphone again after a full reconnect (`republishAllTracks` with `restartTracks`): a
 * moment without a picture, a camera's light that blinks, black for good where a camera does not come a second time.
 * Tracks of `userProvidedTrack` it leaves alone, but then a muted camera's light stays on, and devices that go or come
 * are nobody's business. So the one step is replaced: what is open is sent as it is, what has ended is opened anew.
 *
 * It needs `stopLocalTrackOnUnpublish: false`: the library would stop everything before it says that a room has ended.
 */
export class OwnTracks {
  private readonly open = new Set<LocalTrack>();
  /** On their way to be published. */
  private readonly sending = new Set<LocalTrack>();
  private republishing = 0;
  private over = false;

  /** @param ended - whether the connection has ended for good. */
  constructor(
    private readonly me: LocalParticipant,
    private readonly ended: () => boolean,
  ) {
    me.on(ParticipantEvent.LocalTrackPublished, ({ track }) => this.onPublished(track));
    me.on(ParticipantEvent.LocalTrackUnpublished, ({ track }) => this.onUnpublished(track));
    const republish = me.republishAllTracks.bind(me);
    me.republishAllTracks = (options) => this.republish(() => republish(options, false));
  }

  /** Takes in a track that is open, to be sent in a moment. */
  adopt(track: LocalTrack): void {
    this.sending.add(track);
    this.onPublished(track);
  }

  /** What is open of a device, but sent to nobody. */
  unsent(device: Device): LocalTrack[] {
    return [...this.open].filter((track) => deviceOf(track) === device && !this.publicationOf(track));
  }

  /** Sends a track that is open already, as it is. Throws what publishing throws; the track has ended then. */
  async send(track: LocalTrack): Promise<void> {
    this.adopt(track);
    try {
      await this.me.publishTrack(track);
    } catch (error) {
      this.stop(track);
      throw error;
    } finally {
      this.sending.delete(track);
    }
    // Given up while it was on its way.
    if (track.isStopped) await this.me.unpublishTrack(track);
    else await this.reopen(track);
  }

  /** Nothing of this device is to be sent any more. */
  giveUp(device: Device): void {
    for (const track of this.unsent(device)) this.stop(track);
  }

  /** The connection stands again: sends what one that broke before it stood has left unsent. */
  async resend(): Promise<void> {
    const left = [...this.open].filter((track) => !this.publicationOf(track) && !this.sending.has(track));
    // Without it one is seen as it is: with this device off.
    await Promise.all(left.map((track) => this.send(track).catch(() => undefined)));
  }

  /** Ends it: what is on of these devices is given away, and everything else stopped. */
  release(keep: readonly Device[]): LocalTrack[] {
    this.over = true;
    const kept = [...this.open].filter(
      (track) => keep.includes(deviceOf(track) as Device) && this.isAtRest(track),
    );
    for (const track of kept) this.open.delete(track);
    for (const track of this.open) this.stop(track);
    return kept;
  }

  /** What the library still works at it might stop later, wherever the track is by then. */
  private isAtRest(track: LocalTrack): boolean {
    return isOpen(track) && !track.isMuted && !this.sending.has(track) && this.republishing === 0;
  }

  private async republish(send: () => Promise<void>): Promise<void> {
    this.republishing += 1;
    try {
      await send();
      for (const track of this.open) await this.reopen(track);
    } finally {
      this.republishing -= 1;
    }
  }

  /** A device that has ended meanwhile is asked for again; a screen is the person's to choose. */
  private async reopen(track: LocalTrack): Promise<void> {
    if (isOpen(track) || track.isMuted || !this.publicationOf(track)) return;
    // As the library does with a device that goes while the connection stands.
    if (deviceOf(track) !== "screen") return void (await track.restartTrack().catch(() => track.mute()));
    this.stop(track);
    await this.me.unpublishTrack(track);
  }

  private onPublished(track: LocalTrack | undefined): void {
    if (!track || track.isStopped) return;
    this.open.add(track);
    if (this.over) this.stop(track);
  }

  /** At the end of a connection everything is unpublished first, and only then said that it has ended. */
  private onUnpublished(track: LocalTrack | undefined): void {
    if (!track) return;
    queueMicrotask(() => {
      const goesOn = this.republishing > 0 || this.ended() || this.publicationOf(track);
      if (!goesOn) this.stop(track);
    });
  }

  private stop(track: LocalTrack): void {
    this.sending.delete(track);
    if (this.open.delete(track)) track.stop();
  }

  private publicationOf(track: LocalTrack): LocalTrackPublication | undefined {
    return [...this.me.trackPublications.values()].find((publication) => publication.track === track);
  }
}
