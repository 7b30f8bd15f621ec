import { Fault } from "../../call/fault.ts";

interface UnderWay<T> {
  readonly result: Promise<T>;
  readonly deserted: AbortController;
  waiting: number;
}

/**
 * Does one piece of work at a time under each key: whoever asks meanwhile gets the same result. `signal` ends the
 * waiting of the one who gave it (Fault `cancelled`); the work itself is told to stop when the last has left.
 */
export type Sharing<T> = (
  key: string,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
) => Promise<T>;

export function sharing<T>(): Sharing<T> {
  const all = new Map<string, UnderWay<T>>();

  function begin(key: string, work: (signal: AbortSignal) => Promise<T>): UnderWay<T> {
    const deserted = new AbortController();
    const result = work(deserted.signal).finally(() => {
      if (all.get(key) === one) all.delete(key);
    });
    const one: UnderWay<T> = { result, deserted, waiting: 0 };
    all.set(key, one);
    return one;
  }

  return (key, signal, work) => {
    if (signal.aborted) return Promise.reject(left());
    const one = all.get(key) ?? begin(key, work);
    one.waiting += 1;
    return new Promise((resolve, reject) => {
      const aborted = (): void => {
        reject(left());
        one.waiting -= 1;
        if (one.waiting > 0) return;
        if (all.get(key) === one) all.delete(key);
        one.deserted.abort();
      };
      signal.addEventListener("abort", aborted, { once: true });
      one.result.then(resolve, reject).finally(() => signal.removeEventListener("abort", aborted));
    });
  };
}

function left(): Fault {
  return new Fault("cancelled", "The client took the request back.");
}
