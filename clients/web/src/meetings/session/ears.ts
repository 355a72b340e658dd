import { isTheirs, maySay, PACKET_MOST, readWord, type Word } from "./chatTalk";
import { unsealBytes } from "./sealed";

export interface Heard {
  word: Word;
  /** With which it was sealed. */
  secret: string;
}

/** Opens the packets of an encrypted meeting's chat; what is forged, broken or too much is not heard. */
export class Ears {
  private readonly said = new Map<string, readonly number[]>();
  /** One after the other: what was said first is heard first. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly now: () => number) {}

  /**
   * What `from` said; never rejects.
   *
   * @param secrets - that may have been used
   */
  hear(payload: Uint8Array, from: string, secrets: readonly string[]): Promise<Heard | null> {
    const said = maySay(from, this.said.get(from) ?? [], this.now());
    if (!said || payload.length > PACKET_MOST) return Promise.resolve(null);
    this.said.set(from, said);
    const heard = this.last.then(() => open(payload, from, secrets));
    this.last = heard;
    return heard;
  }
}

async function open(payload: Uint8Array, from: string, secrets: readonly string[]): Promise<Heard | null> {
  for (const secret of secrets) {
    const word = readWord(await unsealBytes(secret, purposeOf(from), payload));
    if (word) return isTheirs(word, from) ? { word, secret } : null;
  }
  return null;
}

/** For what a box of somebody's words is sealed. */
export function purposeOf(identity: string): string {
  return `chat ${identity}`;
}
