/**
 * Letters of other scripts that look like a Latin one, and the Latin one. Only what cannot be told apart in common fonts: a
 * longer table folds words that mean what they say.
 */
const ALIKE =
  "аa еe оo рp сc хx уy іi ѕs јj һh ԁd ԛq ԝw ѵv ґr кk мm тt вb нh гr ӏl ԍg пn " +
  "АA ВB ЕE КK МM НH ОO РP СC ТT ХX УY ІI ЅS ЈJ ԌG ѴV Ӏl ԚQ ԜW " +
  "αa οo νv ρp τt υu ιi κk εe γy ϲc ηn ωw σo χx ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX " +
  "օo ոn սu ցg հh ԛq զq Տs Օo Ꭺa Ꭰd Ꭱr Ꭲt Ꭵi Ꭻj Ꮃw Ꮇm Ꮋh Ꮐg Ꮪs Ꮯc Ꮲp Ꮓz ꓐB ꓒP ꓓD ꓖG ꓗK ꓙJ ꓚC ꓝF ꓟM ꓠN ꓡL ꓢS ꓣR ꓤR ꓦV ꓧH ꓪW ꓫX ꓬY ꓮA ꓰE ꓲI ꓳO ꓴU";

/** Letters without a decomposition that are read as Latin ones wherever they stand. */
const PLAIN =
  "ıi ȷj łl ŁL øo ØO đd ĐD ħh ŧt ɑa ɡg ɩi ɪi ʀr ɴn ʏy ɢg ʜh ʟl ʙb ɶo ᴀa ᴄc ᴅd ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp ꞯq ꜱs ᴛt ᴜu ᴠv ᴡw ᴢz ꜰf ǃ! ∕/ ⁄/ ⧸/ ∖\\ ‐- ‑- ‒- –- —- ―- −- ‘' ’' ‚' “\" ”\" „\"";

function pairs(table: string): ReadonlyMap<string, string> {
  return new Map(table.split(" ").map((pair) => [pair.slice(0, 1), pair.slice(1)]));
}

const PLAIN_OF = pairs(PLAIN);

/** The Latin letter that a letter of another script looks like. */
export const LATIN_OF = pairs(ALIKE);

/** Marks that are written over or under a letter: Latin, Greek and Cyrillic accents, vowel points of Hebrew and Arabic. */
const MARKS: readonly (readonly [number, number])[] = [
  [0x300, 0x36f],
  [0x483, 0x489],
  [0x591, 0x5bd],
  [0x5bf, 0x5bf],
  [0x5c1, 0x5c2],
  [0x5c7, 0x5c7],
  [0x640, 0x640],
  [0x64b, 0x65f],
  [0x670, 0x670],
  [0x1ab0, 0x1aff],
  [0x1dc0, 0x1dff],
  [0x20d0, 0x20ff],
  [0xfe20, 0xfe2f],
];

function unmarked(text: string): string {
  let bare = "";
  for (const letter of text) {
    const point = letter.codePointAt(0) ?? 0;
    if (!MARKS.some(([first, last]) => point >= first && point <= last)) bare += letter;
  }
  return bare;
}

/** Pictures of letters that Unicode does not call letters: 🅐, 🅰 and regional indicators. */
const PICTURED = [0x1f150, 0x1f170, 0x1f1e6];

export type Kind = "seen" | "tag" | "zero" | "bidi";

/** Whether a character is one that nobody sees. */
export function kindOf(point: number): Kind {
  if (point >= 0xe0000 && point <= 0xe0fff) return point >= 0xe0020 && point <= 0xe007e ? "tag" : "zero";
  if ((point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069)) return "bidi";
  if (point === 0xad || point === 0x34f || point === 0x61c || point === 0x115f || point === 0x1160)
    return "zero";
  if ((point >= 0x200b && point <= 0x200f) || (point >= 0x2060 && point <= 0x206f)) return "zero";
  if (point >= 0x180b && point <= 0x180f) return "zero";
  if ((point >= 0xfe00 && point <= 0xfe0f) || point === 0xfeff || point === 0x3164 || point === 0xffa0)
    return "zero";
  if ((point >= 0xfff9 && point <= 0xfffb) || (point >= 0x1d173 && point <= 0x1d17a)) return "zero";
  return "seen";
}

/** Units that one character may become. */
const EXPANDED = 4;

function fold(point: number): string {
  if (kindOf(point) === "tag") return String.fromCharCode(point - 0xe0000);
  if (kindOf(point) !== "seen") return "";
  if (point >= 0xd800 && point <= 0xdfff) return "\ufffd";
  const letter = PICTURED.find((first) => point >= first && point < first + 26);
  if (letter !== undefined) return String.fromCharCode(point - letter + 65);
  const bare = unmarked(String.fromCodePoint(point).normalize("NFKD")).normalize("NFC");
  // A whole sentence in one character (U+FDFA is one) is read as what it is, so that no text grows much.
  return bare.length > EXPANDED ? String.fromCodePoint(point) : (PLAIN_OF.get(bare) ?? bare);
}

const KNOWN = 8192;
const known = new Map<number, string>();

/** What a reader takes a character for: compatibility forms and accents gone, nothing for what has no width. */
export function plainOf(point: number): string {
  const cached = known.get(point);
  if (cached !== undefined) return cached;
  // Bounded, so that a text with every character there is leaves nothing behind.
  if (known.size >= KNOWN) known.clear();
  const plain = fold(point);
  known.set(point, plain);
  return plain;
}
