/** Case, `_`, `-` and `.` are what people mix up most; they cost nothing. */
function plain(word: string): string {
  return word.toLowerCase().replaceAll(/[-_.]/g, "");
}

/** Edits (insert, delete, replace, swap of neighbours) from one word to another. */
function distance(from: string, to: string): number {
  let older: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      let least = Math.min((row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]) {
        least = Math.min(least, (older[j - 2] ?? 0) + 1);
      }
      row.push(least);
    }
    older = last;
    last = row;
  }
  return last[to.length] ?? 0;
}

/** The candidate somebody who typed `word` most likely meant, or undefined where none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = plain(word).slice(0, 64);
  let best: string | undefined;
  let least = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const other = plain(candidate).slice(0, 64);
    const found = distance(wanted, other);
    if (found < least && found < other.length) {
      best = candidate;
      least = found;
    }
  }
  return best;
}
