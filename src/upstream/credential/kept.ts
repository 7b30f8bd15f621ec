/** An access token of an authorization server. */
export interface Token {
  readonly text: string;
  /** Monotonic ms until which it is used; undefined: its server did not say. */
  readonly until: number | undefined;
}

/** Tokens of one server's credential, for whom they were given. */
export interface Kept {
  /** The token of this name, or what `fetch` gives, of which one is under way at a time. Rejects as `fetch` does. */
  get(name: string, fetch: () => Promise<Token>): Promise<Token>;
  /**
   * Another token in place of one that its server takes for nothing; undefined where that one was fetched for the same
   * reason a moment ago. Rejects as `fetch` does.
   */
  renew(name: string, refused: string, fetch: () => Promise<Token>): Promise<Token | undefined>;
}

interface Place {
  readonly token: Promise<Token>;
  /** Known once it has come. */
  came: Token | undefined;
  /** Until when it is not renewed again: a server that refuses every token must not have one fetched for each call. */
  readonly settled: number;
}

const MOST = 10_000;
const AGAIN_MS = 5000;

/** `ticks` are monotonic ms. */
export function kept(ticks: () => number): Kept {
  const places = new Map<string, Place>();

  function fetched(name: string, fetch: () => Promise<Token>, settled = 0): Promise<Token> {
    const token = fetch();
    const place: Place = { token, came: undefined, settled };
    places.delete(name);
    places.set(name, place);
    token.then(
      (came) => (place.came = came),
      () => {
        if (places.get(name) === place) places.delete(name);
      },
    );
    const [oldest] = places.keys();
    if (places.size > MOST && oldest !== undefined) places.delete(oldest);
    return token;
  }

  function get(name: string, fetch: () => Promise<Token>): Promise<Token> {
    const place = places.get(name);
    if (place === undefined) return fetched(name, fetch);
    const until = place.came?.until;
    return until !== undefined && until <= ticks() ? fetched(name, fetch) : place.token;
  }

  return {
    get,
    async renew(name, refused, fetch) {
      const place = places.get(name);
      // Somebody else's call was refused too, and has seen to it.
      if (place === undefined || place.came?.text !== refused) return get(name, fetch);
      if (ticks() < place.settled) return undefined;
      return fetched(name, fetch, ticks() + AGAIN_MS);
    },
  };
}
