type Counts = Map<string, number>;

/** Different things that are counted while streams overlap. */
const KEYS_MOST = 4096;

/** Several streams that say the same: what each of them says is told once, whichever says it first. */
export interface Tally<S> {
  /** A stream that says from now on what the others say. */
  open(stream: S): void;
  /** Whether this is news: the stream has now said `key` more often than any other since they say the same. */
  isNews(stream: S, key: string): boolean;
  /** Whether all streams have said the same by now, so that what one of them says next is news. */
  readonly even: boolean;
  /** The stream says no more; what it said before the others began is made even. */
  end(stream: S): void;
}

/**
 * Change notices have no numbers, so they are counted: while an old and a new subscription are both open, each change comes
 * on both. One that came on the old one before the new was there counts too, which is why its end makes them even.
 */
export function tally<S>(): Tally<S> {
  const streams = new Map<S, Counts>();
  let told: Counts = new Map();
  return {
    open(stream) {
      streams.set(stream, new Map(told));
    },
    isNews(stream, key) {
      const counts = streams.get(stream);
      if (counts === undefined) return false;
      // Rather twice than never.
      if (streams.size === 1 || counts.size >= KEYS_MOST) return true;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count <= (told.get(key) ?? 0)) return false;
      told.set(key, count);
      return true;
    },
    get even() {
      for (const counts of streams.values())
        for (const [key, count] of told) if (counts.get(key) !== count) return false;
      return true;
    },
    end(stream) {
      if (!streams.delete(stream)) return;
      if (streams.size < 2) told = new Map();
      for (const left of streams.keys()) streams.set(left, new Map(told));
    },
  };
}
