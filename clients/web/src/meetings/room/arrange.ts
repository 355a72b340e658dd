/** Where tiles stand: pure arithmetic, so that they stay where they are unless they must move. Sizes in CSS pixels. */

export interface Area {
  width: number;
  height: number;
}

export interface Grid {
  columns: number;
  rows: number;
  tile: Area;
}

export const GAP = 8;
/** A camera's picture loses little in these; on an upright telephone a tall one shows more of a face. */
const NARROWEST = 5 / 4;
const NARROWEST_UPRIGHT = 3 / 4;
const WIDEST = 16 / 9;
/** Smaller tiles show nobody. */
const LEAST: Area = { width: 150, height: 112 };
const AT_MOST = 25;

/** The grid in which `count` tiles are as large as they can be. */
export function gridFor(count: number, area: Area): Grid {
  const narrowest = area.height > area.width ? NARROWEST_UPRIGHT : NARROWEST;
  let best: Grid = { columns: 1, rows: Math.max(1, count), tile: { width: 0, height: 0 } };
  for (let columns = 1; columns <= count; columns += 1) {
    const rows = Math.ceil(count / columns);
    const width = (area.width - GAP * (columns - 1)) / columns;
    const height = (area.height - GAP * (rows - 1)) / rows;
    const tile = fit(width, height, narrowest);
    if (tile.width * tile.height > best.tile.width * best.tile.height) best = { columns, rows, tile };
  }
  return best;
}

function fit(width: number, height: number, narrowest: number): Area {
  const w = Math.max(0, Math.floor(Math.min(width, height * WIDEST)));
  return { width: w, height: Math.max(0, Math.floor(Math.min(height, w / narrowest))) };
}

/** How many tiles an area takes before they get too small. */
export function capacityOf(area: Area): number {
  const columns = Math.floor((area.width + GAP) / (LEAST.width + GAP));
  const rows = Math.floor((area.height + GAP) / (LEAST.height + GAP));
  return Math.max(1, Math.min(AT_MOST, columns * rows));
}

/** Somebody who may have a seat. */
export interface Sitter {
  readonly identity: string;
  readonly speaking: boolean;
}

/**
 * Who has a seat, in which order. Whoever sits keeps the seat; free ones go to the first who waits. Who speaks without
 * a seat takes that of the one who has been silent longest, so that nobody else moves. The first seat is one's own.
 *
 * @param heard identities by when they last spoke, the latest last.
 */
export function seats(
  before: readonly string[],
  sitters: readonly Sitter[],
  capacity: number,
  heard: readonly string[],
): readonly string[] {
  const present = new Set(sitters.map((each) => each.identity));
  const kept = before.filter((identity) => present.has(identity)).slice(0, capacity);
  const waiting = sitters.map((each) => each.identity).filter((identity) => !kept.includes(identity));
  const seated = [...kept, ...waiting.slice(0, capacity - kept.length)];
  const own = sitters[0]?.identity;
  if (own !== undefined && seated[0] !== own) putFirst(seated, own);
  for (const { identity, speaking } of sitters) {
    if (speaking && !seated.includes(identity)) takeSeat(seated, identity, sitters, heard);
  }
  return sameOrder(before, seated) ? before : seated;
}

function putFirst(seated: string[], own: string): void {
  const index = seated.indexOf(own);
  seated.splice(index < 0 ? seated.length - 1 : index, 1);
  seated.unshift(own);
}

function takeSeat(seated: string[], who: string, sitters: readonly Sitter[], heard: readonly string[]): void {
  const speaking = new Set(sitters.flatMap((each) => (each.speaking ? [each.identity] : [])));
  const silent = seated.slice(1).filter((identity) => !speaking.has(identity));
  const [longest] = silent.toSorted((a, b) => heard.indexOf(a) - heard.indexOf(b));
  if (longest !== undefined) seated[seated.indexOf(longest)] = who;
}

/** Who spoke last stands at the end; people who left are forgotten. */
export function heardLast(before: readonly string[], sitters: readonly Sitter[]): readonly string[] {
  const present = new Set(sitters.map((each) => each.identity));
  const speaking = sitters.flatMap((each) => (each.speaking ? [each.identity] : []));
  const quiet = before.filter((identity) => present.has(identity) && !speaking.includes(identity));
  // Among those who speak at once, the order stays: two who interrupt each other do not take turns on the stage.
  const talking = [
    ...before.filter((identity) => speaking.includes(identity)),
    ...speaking.filter((identity) => !before.includes(identity)),
  ];
  const after = [...quiet, ...talking];
  return sameOrder(before, after) ? before : after;
}

/**
 * Who stands in the middle of the speaker's layout: whoever was pinned, else who spoke last, but not oneself while
 * there is somebody else. Who stands there stays until another speaks.
 */
export function speakerOf(
  before: string | null,
  sitters: readonly Sitter[],
  heard: readonly string[],
  pinned: string | null,
): string | null {
  const identities = sitters.map((each) => each.identity);
  if (pinned !== null && identities.includes(pinned)) return pinned;
  const [own, ...others] = identities;
  if (others.length === 0) return own ?? null;
  const current = sitters.find((each) => each.identity === before && before !== own);
  if (current?.speaking) return current.identity;
  const last = heard.findLast((identity) => others.includes(identity));
  return last ?? current?.identity ?? others[0] ?? null;
}

function sameOrder(before: readonly string[], after: readonly string[]): boolean {
  return before.length === after.length && before.every((identity, index) => identity === after[index]);
}
