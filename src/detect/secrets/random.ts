/** Pairs of letters that make up most of what people write; among random letters they are rare. */
const COMMON = new Set(
  (
    "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra ce " +
    "li ch ll be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em " +
    "ad ol rt po we na ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp fe bl ab gh ty op wo sa ay " +
    "ex ke fr oo av ag if ap gr od bo sp rd do uc bu ei ov by rm ep tt oc fa ef cu rn sc gi da yo cr cl du ga qu ue ff ba ey ls va " +
    "um pp ua up lu go ht ru ug ds lt pi rc rr eg au ck ew mu br bi pt ak pu ui rg ib tl ny ki rk ys ob mm fu ph og ms ye ud mb ip " +
    "ub oi rl gu dr hr cc tw ft wn nu af hu nn eo vo rv nf xp gn sm fl iz ok nl my gl aw ju oa eq sy sl ps jo lf nv je nk kn gs dy hy ze ks xt bs ik dd pt rp sk xi oe oy ws lv dl rf eu dg wr xa yi nm eb rb tm xc eh tc gy ja hn yp za gg ym sw bj lm cs ii ix xe oh lk dv lp ax ox uf dm iu sf bt ka yt ek pm ya gt wl rh yl hs ah yc yb rw hw kl sn"
  ).split(" "),
);

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

/** Share of neighbouring letters that are a common pair: about 0.9 in words, 0.4 in random letters. */
function wordliness(text: string): number {
  const pairs = text.toLowerCase().match(/[a-z](?=[a-z])/g)?.length ?? 0;
  if (pairs < 5) return 0;
  const low = text.toLowerCase();
  let common = 0;
  for (let at = 0; at + 1 < low.length; at += 1) if (COMMON.has(low.slice(at, at + 2))) common += 1;
  return common / pairs;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const HEX = /^(?:[0-9a-f]+|[0-9A-F]+)$/;

/** Digests that say so, names of files, trace contexts, versions. */
const OTHER =
  /^(?:sha\d{1,3}|md5)[-:_]|\/.*\.[a-z0-9]{2,5}$|\.(?:svg|png|jpe?g|gif|html?|md|[cm]?[jt]sx?|css|json|ya?ml|py|go|rs)$|^00-[0-9a-f]{32}-|^v?\d+\.\d+|^[A-Z]+(?:[._-][A-Z0-9]+)+$/;

export type Randomness = "uuid" | "hex" | "mixed" | "no";

/** Whether a word of at least 12 characters was made by chance and not by a person, and of what. */
export function randomness(word: string): Randomness {
  if (UUID.test(word)) return "uuid";
  if (OTHER.test(word)) return "no";
  const bits = entropy(word);
  if (HEX.test(word)) return /\d/.test(word) && /[a-f]/i.test(word) && bits > 2.6 ? "hex" : "no";
  const digits = word.match(/\d/g)?.length ?? 0;
  if (digits === word.length || bits < Math.min(3.2, Math.log2(word.length) * 0.78)) return "no";
  const turns = word.match(/[a-z](?=[A-Z0-9])|[A-Z](?=[a-z0-9])|\d(?=[A-Za-z])/g)?.length ?? 0;
  if (digits === 0 && turns < word.length / 4) return wordliness(word) < 0.5 ? "mixed" : "no";
  if (digits > 0 && turns < 3 && wordliness(word) > 0.6) return "no";
  return wordliness(word) < 0.8 && turns >= word.length / 10 ? "mixed" : "no";
}
