/** Takes one thing at a time, in order; a promise holds the next back, and `hold` is told so the sender can be too. */
export interface Inbox<T> {
  put(items: readonly T[]): void;
  /** `last` runs when everything before it has been taken. */
  close(last: () => void): void;
}

/** `take` is told whether another thing waits behind this one. */
export function inbox<T>(
  take: (item: T, more: boolean) => void | Promise<void>,
  hold: (held: boolean) => void,
): Inbox<T> {
  let queue: T[] = [];
  let next = 0;
  let held = false;
  let last: (() => void) | undefined;

  const release = (): void => {
    held = false;
    hold(false);
    pump();
  };
  const pump = (): void => {
    while (!held && next < queue.length) {
      const item = queue[next] as T;
      next += 1;
      const taking = take(item, next < queue.length);
      if (taking === undefined) continue;
      held = true;
      hold(true);
      // A listener that fails has taken what it was given: its own side reports why.
      taking.then(release, release);
    }
    if (held) return;
    queue = [];
    next = 0;
    const end = last;
    last = undefined;
    end?.();
  };

  return {
    put(items) {
      if (queue.length === 0) queue = items.slice();
      else queue.push(...items);
      if (!held) pump();
    },
    close(end) {
      last = end;
      if (!held) pump();
    },
  };
}
