/**
 * Finds many words in one pass, one step a character, whatever the text. The state to begin with is 0; the one after a character
 * is `next[state * width + column[code]]`, where all that is not ASCII has column 0. Bare tables, because the step is the inner loop.
 */
export interface Automaton {
  readonly next: Uint16Array;
  /** By character; letters have one column in either case. */
  readonly column: Uint8Array;
  readonly width: number;
  /** By state: the words that end there, as their places in the list that the automaton was made of. */
  readonly ends: readonly (readonly number[] | undefined)[];
}

const lower = (code: number): number => (code >= 65 && code <= 90 ? code + 32 : code);

/** Gives each character that occurs in a word a column; all others share column 0. */
function columnsOf(words: readonly string[]): { readonly column: Uint8Array; readonly width: number } {
  const column = new Uint8Array(128);
  let width = 1;
  for (const word of words)
    for (let at = 0; at < word.length; at += 1) {
      const code = lower(word.charCodeAt(at));
      if (column[code] === 0) column[code] = width++;
    }
  for (let code = 65; code <= 90; code += 1) column[code] = column[code + 32] ?? 0;
  return { column, width };
}

/** Aho and Corasick's automaton, with every failing step worked out beforehand. Words are ASCII, 65,000 letters together at most. */
export function automatonOf(words: readonly string[]): Automaton {
  const { column, width } = columnsOf(words);
  const size = words.reduce((sum, word) => sum + word.length, 1);
  const next = new Uint16Array(size * width);
  const ends: (number[] | undefined)[] = [undefined];
  let states = 1;
  for (const [index, word] of words.entries()) {
    let state = 0;
    for (let at = 0; at < word.length; at += 1) {
      const cell = state * width + (column[lower(word.charCodeAt(at))] ?? 0);
      if (next[cell] === 0) next[cell] = states++;
      state = next[cell] ?? 0;
    }
    (ends[state] ??= []).push(index);
  }
  const fallback = new Uint16Array(states);
  const queue: number[] = [0];
  for (let head = 0; head < queue.length; head += 1) {
    const state = queue[head] ?? 0;
    for (let letter = 1; letter < width; letter += 1) {
      const cell = state * width + letter;
      const child = next[cell] ?? 0;
      const other = state === 0 ? 0 : (next[(fallback[state] ?? 0) * width + letter] ?? 0);
      if (child === 0) next[cell] = other;
      else {
        fallback[child] = other;
        const inherited = ends[other];
        if (inherited !== undefined) ends[child] = [...(ends[child] ?? []), ...inherited];
        queue.push(child);
      }
    }
  }
  // A hole would make every look-up slow, and rows that no state has would only take room.
  return {
    next: next.slice(0, states * width),
    column,
    width,
    ends: Array.from({ length: states }, (_, state) => ends[state]),
  };
}
