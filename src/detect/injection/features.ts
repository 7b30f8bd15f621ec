import { groupOf, groupOfTwo } from "./lexicon.ts";
import { mixed, nextToken, type Token, tokenBefore } from "./tokens.ts";

/** Takes what one word adds, feature by feature, and then the word. */
export interface Sink {
  /** `times` is how much it counts. */
  readonly feature: (hash: number, times: number) => void;
  readonly word: (from: number, until: number, group: number) => void;
  /** What follows from a word's letters alone (`eachOwn`), where it is remembered; else it comes feature by feature. */
  readonly own?: (token: Token) => void;
}

const BIGRAM = 0x1b873593;
const TRIGRAM = 0x2545f491;
const SKIP = 0x3c6ef372;
const PIECE = 0x4cf5ad43;
const SIGN = 0x5bd1e995;
const GROUP = 0x6c8e9cf5;
const QUOTED = 0x7a1f03d5;
const CAPITALS = 0x7feb352d;

/** Letters of one piece of a word. */
const PIECE_UNITS = 4;
/** What all languages share counts more than the words of one. */
const GROUP_WEIGHT = 2;
/** Words between two that belong to a group before they have nothing to do with each other. */
const GROUP_WORDS = 8;

/** The features of a word by itself: the word, and pieces of four letters, the blanks around it counted, at every second letter. */
export function eachOwn({ hash, letters, length }: Token, sink: Pick<Sink, "feature">): void {
  sink.feature(hash, 1);
  let gram = 0x20;
  for (let at = 0; at <= length; at++) {
    gram = (gram << 8) ^ (at < length ? (letters[at] ?? 0) : 0x20);
    if (at >= PIECE_UNITS - 2 && ((at ^ PIECE_UNITS) & 1) === 0) sink.feature(mixed(PIECE, gram), 1);
  }
}

/**
 * The features of a text, word by word: words alone and with those before them, pieces of four letters, what stands before a word,
 * and which groups of the lexicon follow each other, whatever the language.
 */
export function eachFeature(text: string, sink: Sink): void {
  let first = 0;
  let second = 0;
  let position = 0;
  let groupAt = -GROUP_WORDS;
  let group = 0;
  let groupBefore = 0;
  let letter = 0;
  for (const token = tokenBefore(text); nextToken(token); ) {
    const { hash } = token;
    // A word said again and again says no more than once.
    if (hash === second) {
      sink.word(token.from, token.until, 0);
      continue;
    }
    if (token.alone) sink.feature(hash, 1);
    else if (sink.own === undefined) eachOwn(token, sink);
    else sink.own(token);
    sink.feature(mixed(mixed(BIGRAM, second), hash), 1);
    sink.feature(mixed(mixed(mixed(TRIGRAM, first), second), hash), 1);
    sink.feature(mixed(mixed(SKIP, first), hash), 1);
    if (token.sign !== 0) sink.feature(mixed(mixed(SIGN, token.sign), hash), 1);
    if (token.capitals) sink.feature(CAPITALS, 1);
    const stem = token.stem;
    const found = token.alone ? groupOfTwo(letter, stem) : groupOf(token);
    letter = token.alone ? stem : 0;
    if (position - groupAt > GROUP_WORDS) {
      group = 0;
      groupBefore = 0;
    }
    if (found !== 0 && (found !== group || position !== groupAt + 1)) {
      sink.feature(mixed(GROUP, found), GROUP_WEIGHT);
      sink.feature(mixed(mixed(GROUP, group + 32), found), GROUP_WEIGHT);
      if (token.sign !== 0) sink.feature(mixed(mixed(QUOTED, token.sign), found), GROUP_WEIGHT);
      sink.feature(mixed(mixed(mixed(GROUP, groupBefore + 64), group), found), GROUP_WEIGHT);
      groupBefore = group;
      group = found;
      groupAt = position;
    }
    first = second;
    second = hash;
    position++;
    sink.word(token.from, token.until, found);
  }
}
