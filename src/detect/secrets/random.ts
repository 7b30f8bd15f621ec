/** Pairs of letters that make up most of what people write; among random letters they are rare. */
const COMMON =
  "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra ce " +
  "li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em " +
  "ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp fe bl ab gh ty op wo sa ay " +
  "ex ke fr oo av ag if ap gr od bo sp rd do uc bu ei ov by rm ep tt oc fa ef cu rn sc gi da yo cr cl du ga qu ue ff ba ey ls va " +
  "um pp ua up lu go ht ru ug ds lt pi rc rr eg au ck ew mu br bi pt ak pu ui rg ib tl ny ki rk ys ob mm fu ph og ms ye ud mb ip " +
  "ub oi rl gu dr hr cc tw ft wn nu af hu nn eo vo rv nf xp gn sm fl iz ok nl my gl aw ju oa eq sy sl ps jo lf nv je nk kn gs dy hy ze ks xt bs ik dd pt rp sk xi oe oy ws lv dl rf eu dg wr xa yi nm eb rb tm xc eh tc gy ja hn yp za gg ym sw bj lm cs ii ix xe oh lk dv lp ax ox uf dm iu sf bt ka yt ek pm ya gt wl rh yl hs ah yc yb rw hw kl sn";

/** By two letters, 26 of each. */
const PAIRS = new Uint8Array(26 * 26);
for (const pair of COMMON.split(" ")) PAIRS[(pair.charCodeAt(0) - 97) * 26 + pair.charCodeAt(1) - 97] = 1;

const count = new Uint16Array(128);

/** Bits a character by the characters' own frequencies; 0 for the empty text. Only ASCII counts. */
export function entropy(text: string): number {
  count.fill(0);
  let total = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 128) {
      count[code] = (count[code] ?? 0) + 1;
      total += 1;
    }
  }
  let bits = 0;
  for (let code = 0; code < 128; code += 1) {
    const share = (count[code] ?? 0) / total;
    if (share > 0) bits -= share * Math.log2(share);
  }
  return bits;
}

/** What one pass over a word tells. */
interface Letters {
  readonly digits: number;
  /** Places where small letters, capitals and digits follow each other. */
  readonly turns: number;
  /** Share of neighbouring letters that are a common pair: about 0.9 in words, 0.4 in random letters; 0 where there are fewer than five. */
  readonly wordliness: number;
}

const OTHER_SIGN = 0;
const DIGIT = 1;
const SMALL = 2;
const CAPITAL = 3;

function kindOf(code: number): number {
  if (code >= 97 && code <= 122) return SMALL;
  if (code >= 65 && code <= 90) return CAPITAL;
  return code >= 48 && code <= 57 ? DIGIT : OTHER_SIGN;
}

function lettersOf(word: string): Letters {
  let digits = 0;
  let turns = 0;
  let pairs = 0;
  let common = 0;
  let before = OTHER_SIGN;
  let letter = 0;
  for (let at = 0; at < word.length; at += 1) {
    const code = word.charCodeAt(at);
    const kind = kindOf(code);
    if (kind === DIGIT) digits += 1;
    if (kind !== before && kind !== OTHER_SIGN && before !== OTHER_SIGN) turns += 1;
    const next = (code | 32) - 97;
    if (kind >= SMALL && before >= SMALL) {
      pairs += 1;
      common += PAIRS[letter * 26 + next] ?? 0;
    }
    letter = next;
    before = kind;
  }
  return { digits, turns, wordliness: pairs < 5 ? 0 : common / pairs };
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const UUID_LENGTH = 36;
const HEX = /^(?:[0-9a-f]+|[0-9A-F]+)$/;

/** Digests that say so, names of files, trace contexts, versions. */
const OTHER =
  /^(?:sha\d{1,3}|md5)[-:_]|\/.*\.[a-z0-9]{2,5}$|\.(?:svg|png|jpe?g|gif|html?|md|[cm]?[jt]sx?|css|json|ya?ml|py|go|rs)$|^00-[0-9a-f]{32}-|^v?\d+\.\d+|^[A-Z]+(?:[._-][A-Z0-9]+)+$/;

export type Randomness = "uuid" | "hex" | "mixed" | "no";

/** Whether a word of at least 12 characters was made by chance and not by a person, and of what. */
export function randomness(word: string): Randomness {
  const { digits, turns, wordliness } = lettersOf(word);
  // Nearly all words are this, and no pattern is asked about them.
  const worded = digits === 0 && turns < word.length / 4 && wordliness >= 0.5;
  if (worded && word.length !== UUID_LENGTH) return "no";
  if (UUID.test(word)) return "uuid";
  if (worded || OTHER.test(word)) return "no";
  const bits = entropy(word);
  if (HEX.test(word)) return digits > 0 && /[a-f]/i.test(word) && bits > 2.6 ? "hex" : "no";
  if (digits === word.length || bits < Math.min(3.2, Math.log2(word.length) * 0.78)) return "no";
  if (digits === 0 && turns < word.length / 4) return "mixed";
  if (digits > 0 && turns < 3 && wordliness > 0.6) return "no";
  return wordliness < 0.8 && turns >= word.length / 10 ? "mixed" : "no";
}
