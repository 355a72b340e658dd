import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** Of text of ordinary size (WCAG 2.2, 1.4.3). */
const ENOUGH = 4.5;
const BACKGROUND = "--cpd-color-bg-subtle-primary";
/** What is paler than a page's own text, and stands on that background somewhere. */
const QUIETER = ["secondary", "critical-primary", "success-primary"].map(
  (name) => `--cpd-color-text-${name}`,
);
/** Rules with that background and no quieter text on it: pictures, icons, bars, what is disabled, and what has
 * the page's own colour. */
const NOTHING_QUIETER = new Set([
  "app/OwnMenu .extension",
  "app/Rail .item:hover .icon",
  "app/TroubleLine .line",
  "calls/CallStage .other:hover",
  "calls/PeerAvatar .telephone",
  "calls/island/CallBar .place",
  "meetings/room/Tile .telephone",
  "meetings/effects/EffectPicker .face",
  "chat/timeline/MessageActions .quick button:hover",
  "chat/timeline/EmojiGrid .grid button:hover",
  "contacts/SearchResults .action:hover",
  "contacts/phonebook/BookToolbar .button:hover",
  "contacts/phonebook/ContactEditor .remove:hover",
  "contacts/phonebook/ContactEditor .add:hover",
  "contacts/phonebook/ImportDialog .counts li",
  "contacts/phonebook/ImportDialog .value",
  "admin/calls/Calls .file:hover",
  "devices/Devices .meter",
  "devices/Devices .frame",
  "dialpad/DialPad .call:disabled",
  "signup/StrengthHint .bar span",
  "today/Today .press:hover",
  "ui/PageSkeleton .circle, .lines span",
  "ui/RoundButton .button:hover",
  "sounds/SoundRow .download:hover",
  'ui/RoundButton .button[data-kind="quiet"]:hover',
]);

/** By their paths, without their endings. */
const ours = globSync("src/**/*.css").map((path) => ({
  place: path.replace(/^src\//, "").replace(/(\.module)?\.css$/, ""),
  css: readFileSync(path, "utf8"),
}));
const TOKENS = "node_modules/@vector-im/compound-design-tokens/assets/web/css/cpd-";

interface Rule {
  where: string;
  declared: Map<string, string>;
}

function declarations(css: string): Map<string, string> {
  return new Map(
    [...css.matchAll(/([\w-]+)\s*:\s*([^;{}]+);/g)].map((found) => [found[1] ?? "", found[2] ?? ""]),
  );
}

function rules(place: string, css: string): Rule[] {
  return [...css.replace(/\/\*.*?\*\//gs, "").matchAll(/([^{}]+)\{([^{}]*)\}/g)].map((found) => ({
    where: `${place} ${(found[1] ?? "").trim().replace(/\s+/g, " ")}`,
    declared: declarations(found[2] ?? ""),
  }));
}

const all = ours.flatMap(({ place, css }) => rules(place, css));
const subtle = all.filter(({ declared }) => declared.get("background")?.includes(`var(${BACKGROUND})`));

/** The colours of a theme, and our own besides. */
function themed(theme: string): Map<string, string> {
  const parts = ["common-base", "common-semantic", `theme-${theme}-base`, `theme-${theme}-semantic`];
  const css = parts.map((part) => readFileSync(`${TOKENS}${part}.css`, "utf8"));
  const own = all.find(({ where }) => where.startsWith("app/global :root"));
  return new Map([...declarations(css.join("\n")), ...(own?.declared ?? [])]);
}

/** A value without references: #rrggbb. */
function colour(value: string, among: Map<string, string>): string {
  const name = /^var\((--[\w-]+)/.exec(value)?.[1];
  return name === undefined ? value : colour(among.get(name) ?? "", among);
}

/** WCAG 2.2, "relative luminance". */
function luminance(hex: string): number {
  const [red = NaN, green = NaN, blue = NaN] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [darker = NaN, lighter = NaN] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

test("every rule with the subtle background is known to have no quieter text, or says what that is on it", () => {
  const silent = subtle.filter(({ declared }) => !declared.has("color") && !declared.has(QUIETER[0] ?? ""));
  const known = subtle.map(({ where }) => where).filter((where) => NOTHING_QUIETER.has(where));
  expect(silent.map(({ where }) => where).filter((where) => !NOTHING_QUIETER.has(where))).toEqual([]);
  expect(new Set(known)).toEqual(NOTHING_QUIETER);
});

test.each(["light", "dark"])("text on the subtle background is legible in the %s theme", (theme) => {
  const values = themed(theme);
  const behind = colour(`var(${BACKGROUND})`, values);
  const pale = subtle
    .filter(({ where }) => !NOTHING_QUIETER.has(where))
    .flatMap(({ where, declared }) => {
      const own = declared.get("color");
      const texts = own === undefined ? QUIETER.map((name) => declared.get(name) ?? `var(${name})`) : [own];
      return texts.map((text) => ({ where, text, ratio: contrast(colour(text, values), behind) }));
    })
    .filter(({ ratio }) => !(ratio >= ENOUGH));
  expect(behind).toMatch(/^#[0-9a-f]{6}$/);
  expect(pale).toEqual([]);
});
