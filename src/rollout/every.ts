/** Work that is done again and again, one time after the other. */
export interface Loop {
  /** Resolves when what is under way is done; nothing begins after that. */
  stop(): Promise<void>;
}

/** Does the work so long after it was done last. It must not reject. Keeps no process alive. */
export function every(ms: number, work: () => Promise<void>): Loop {
  let stopped = false;
  let underWay: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const turn = async (): Promise<void> => {
    await work();
    if (!stopped) wait();
  };
  const wait = (): void => {
    timer = setTimeout(() => {
      underWay = turn();
    }, ms).unref();
  };
  wait();
  return {
    stop() {
      stopped = true;
      clearTimeout(timer);
      return underWay;
    },
  };
}
