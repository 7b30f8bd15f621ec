/** Work that is done again and again. */
export interface Watch {
  /** Resolves when what is under way is done; nothing begins after that. */
  stop(): Promise<void>;
}

/** Does the work at once, and so long after it was done last. It must not reject. Keeps no process alive. */
export function watch(ms: number, work: () => Promise<void>): Watch {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const turn = async (): Promise<void> => {
    await work();
    if (stopped) return;
    timer = setTimeout(() => {
      underWay = turn();
    }, ms).unref();
  };
  let underWay = turn();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      return underWay;
    },
  };
}
