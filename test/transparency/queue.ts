const HUNG_MS = 15_000;

/** What comes, in order, for whoever takes it. Waiting for what never comes fails instead of hanging. */
export class Queue<T> {
  readonly #items: T[] = [];
  readonly #takers: ((item: T) => void)[] = [];
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  put(item: T): void {
    const taker = this.#takers.shift();
    if (taker === undefined) this.#items.push(item);
    else taker(item);
  }

  get size(): number {
    return this.#items.length;
  }

  take(): Promise<T> {
    const item = this.#items.shift();
    if (item !== undefined) return Promise.resolve(item);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#takers.splice(this.#takers.indexOf(taker), 1);
        reject(new Error(`${this.#name}: nothing came`));
      }, HUNG_MS);
      const taker = (found: T): void => {
        clearTimeout(timer);
        resolve(found);
      };
      this.#takers.push(taker);
    });
  }
}

/** Cuts a byte stream at newlines and gives every line as it is. */
export function linesInto(put: (line: Buffer) => void): (piece: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (piece) => {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      put(rest.subarray(0, end));
      rest = rest.subarray(end + 1);
    }
  };
}
