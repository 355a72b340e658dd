import { ApiError } from "../api/client";
import { guests, type GuestEvents, type GuestPlace, type LinkedMeeting } from "../api/guest";
import type { VisitorState } from "../api/meetings";
import { dismissMeeting, joinMeeting, meeting } from "../meetings/session/meeting";
import type { Encryption, JoinChoices, MeetingChat, SealedChat } from "../meetings/session/types";
import { createStore, type Store } from "../state/store";
import { OwnBreakout } from "./breakout";
import { createGuestChat, type GuestChat } from "./chat";
import { GuestDoor } from "./door";
import { forget, recall, remember } from "./memory";
import { placeOf, type Step, whyOver, type Why } from "./step";

/** All that a guest's page shows. */
export interface VisitState {
  step: Step;
  why: Why | null;
  title: string;
  /** What the link leads to; null where one came back to a place without asking. */
  link: LinkedMeeting | null;
  name: string;
  busy: boolean;
  /** Why the link does not work, or one could not knock. */
  error: unknown;
}

/** What a link's secret opens. */
export interface LinkKeys {
  readonly encryption: Encryption;
  /** The chat, for a guest of this name. */
  chat(name: string): MeetingChat & SealedChat;
}

const RETRY_MS = 3_000;

/** One guest at one link, from the door to the way out. State free of React; none of the commands throws. */
export class Visit {
  readonly store: Store<VisitState>;
  private source: EventSource | null = null;
  private retry: ReturnType<typeof setTimeout> | null = null;
  private chat: GuestChat | null = null;
  private choices: JoinChoices | null = null;
  private unfollow: (() => void) | null = null;
  private readonly breakout = new OwnBreakout();

  /**
   * @param token - of the link.
   * @param keys - made of the link's secret, for a meeting that is encrypted; null where the link has none.
   */
  constructor(
    private readonly token: string,
    name: string,
    private readonly keys: LinkKeys | null,
  ) {
    this.store = createStore<VisitState>({
      step: "looking",
      why: null,
      title: "",
      link: null,
      name,
      busy: false,
      error: null,
    });
  }

  /** Back to the place that this tab had, else to the door. */
  async start(): Promise<void> {
    this.unfollow = meeting.subscribe(() => this.onMeeting());
    const place = recall(this.token);
    if (place && (!place.choices.encrypted || this.keys)) {
      this.choices = place.choices;
      this.patch({ name: place.name });
      if (await this.comeBack()) return;
    }
    await this.look();
  }

  /** Ends what runs; the place stays, for who comes back to the page. */
  end(): void {
    this.unfollow?.();
    this.deafen();
    if (this.store.get().step === "inside") dismissMeeting();
  }

  /** To the camera and microphone, under this name. */
  goOn(name: string): void {
    this.patch({ step: "prepare", name: name.trim(), error: null });
  }

  back(): void {
    this.patch({ step: "name", error: null });
  }

  /** Knocks; without a waiting room one is inside at once. */
  async knock(choices: JoinChoices): Promise<void> {
    this.patch({ busy: true, error: null });
    try {
      const { name } = this.store.get();
      const guest = await guests.join(this.token, name);
      this.choices = choices;
      remember({ token: this.token, name, choices });
      this.chat = createGuestChat(guest);
      this.patch({ busy: false });
      this.listen();
      await this.follow(guest.state);
    } catch (error) {
      const bad = error instanceof ApiError && error.code.startsWith("link_");
      this.patch({ busy: false, error, ...(bad ? { step: "bad" } : {}) });
    }
  }

  /** Out of the waiting room. */
  async giveUp(): Promise<void> {
    this.over("left");
    // Who is gone is noticed by the server, too.
    await guests.leave().catch(() => undefined);
  }

  /** In by the same link once more. */
  async again(): Promise<void> {
    this.patch({ step: "looking", why: null, error: null });
    await this.look(this.store.get().name === "" ? "name" : "prepare");
  }

  private async look(next: "name" | "prepare" = "name"): Promise<void> {
    try {
      const link = await guests.look(this.token);
      // Without the secret behind the address one would hear noise.
      if (link.encrypted && !this.keys) throw new ApiError("link_incomplete", 0, "the link has no secret");
      this.patch({ step: next, link, title: link.title });
    } catch (error) {
      this.patch({ step: "bad", error });
    }
  }

  /** Takes up a place that the server still knows. */
  private async comeBack(): Promise<boolean> {
    const place = await guests.place().catch(() => null);
    if (!place || !["waiting", "admitted"].includes(place.guest.state)) {
      forget();
      return false;
    }
    this.chat = createGuestChat(place.guest);
    this.patch({ title: place.meeting.title, name: place.guest.name });
    this.listen();
    await this.follow(place.guest.state);
    return true;
  }

  private async follow(state: VisitorState): Promise<void> {
    const { step } = this.store.get();
    const place = step === "over" ? null : placeOf(state, step);
    if (!place) return;
    if (place.why) this.over(place.why);
    else this.patch({ step: place.step });
    if (place.step === "inside") await this.enter();
  }

  private async enter(): Promise<void> {
    const place = await guests.place().catch(() => null);
    if (this.store.get().step !== "inside" || !this.choices || !this.chat) return;
    const id = place?.guest.id ?? this.token;
    const title = place?.meeting.title ?? this.store.get().title;
    // The server, which carries a guest's words, cannot read those of an encrypted meeting.
    const sealed = this.choices.encrypted ? (this.keys?.chat(this.store.get().name) ?? null) : null;
    const encryption = this.keys?.encryption ?? null;
    joinMeeting(new GuestDoor(id, title, this.chat, encryption, this.breakout, sealed), this.choices);
  }

  private onMeeting(): void {
    const here = meeting.get();
    if (!here || this.store.get().step !== "inside") return;
    const why = whyOver(here.phase, here.trouble);
    if (why) this.over(why);
  }

  private over(why: Why): void {
    const inside = this.store.get().step === "inside";
    forget();
    this.deafen();
    this.patch({ step: "over", why });
    // Where the server was first to say so, the media still runs.
    if (inside) dismissMeeting();
  }

  private listen(): void {
    this.deafen();
    const source = guests.events();
    this.source = source;
    on(source, "state", ({ state }) => void this.follow(state));
    on(source, "message", (message) => this.chat?.add(message));
    on(source, "breakout", (breakout) => this.breakout.tell(breakout));
    // The browser comes back by itself after a lost connection, but gives up after an HTTP error.
    source.addEventListener("error", () => {
      if (source.readyState === source.CLOSED) this.retry = setTimeout(() => void this.ask(), RETRY_MS);
    });
  }

  /** The stream ended: asks where one is, and listens again if that is anywhere. */
  private async ask(): Promise<void> {
    const place: GuestPlace | null | "gone" = await guests
      .place()
      .catch((error: unknown) => (error instanceof ApiError && error.status === 401 ? "gone" : null));
    if (this.store.get().step === "over") return;
    if (place === "gone") return void (await this.follow("left"));
    this.listen();
    if (!place) return;
    this.breakout.tell(place.breakout);
    await this.follow(place.guest.state);
  }

  private deafen(): void {
    if (this.retry) clearTimeout(this.retry);
    this.retry = null;
    this.source?.close();
    this.source = null;
  }

  private patch(change: Partial<VisitState>): void {
    this.store.update((state) => ({ ...state, ...change }));
  }
}

function on<K extends keyof GuestEvents>(
  source: EventSource,
  kind: K,
  listener: (data: GuestEvents[K]) => void,
): void {
  source.addEventListener(kind, (event) =>
    listener(JSON.parse((event as MessageEvent<string>).data) as GuestEvents[K]),
  );
}
