import type { Setting } from "./setting.ts";

/** What keeps a gate from following, each told once. */
export interface Troubles {
  readonly note: (about: string, problem: string) => void;
  readonly over: (about: string) => void;
  readonly told: () => { readonly problem?: string };
}

export function troubles(log: Setting["log"]): Troubles {
  const known = new Map<string, string>();
  return {
    note(about, problem) {
      if (known.get(about) === problem) return;
      known.set(about, problem);
      log.error({ about, problem }, "policy: the last good version stays in force");
    },
    over(about) {
      if (known.delete(about)) log.info({ about }, "policy: what was wrong is mended");
    },
    told: () => (known.size === 0 ? {} : { problem: [...known.values()].join("; ") }),
  };
}
