/** Who wants to hear of each signal. */
const waiting = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls back when the signal fires, unless `unheard` was told before. Many calls share a signal, and a listener of its own for each
 * costs more than all else that is kept of one.
 */
export function heard(signal: AbortSignal, aborted: () => void): void {
  const known = waiting.get(signal);
  if (known !== undefined) return void known.add(aborted);
  const those = new Set([aborted]);
  waiting.set(signal, those);
  signal.addEventListener(
    "abort",
    () => {
      for (const each of those) each();
      those.clear();
    },
    { once: true },
  );
}

export function unheard(signal: AbortSignal, aborted: () => void): void {
  waiting.get(signal)?.delete(aborted);
}
