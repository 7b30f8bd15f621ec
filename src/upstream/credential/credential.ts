import type { Principal } from "../../call/principal.ts";

/** For whom the gate asks a server: who spoke last in a conversation. */
export interface Whom {
  readonly principal: Principal;
}

/** What a server is shown: header fields by their names, or variables of its process. Values are secrets. */
export type Shown = Readonly<Record<string, string>>;

/** What the gate shows one server. */
export interface Credential {
  /**
   * What to show now, for whom; nobody in particular where that is undefined. Rejects with Fault `upstream-refused`,
   * in words that hold no secret, where there is nothing to show.
   */
  show(whom: Whom | undefined): Promise<Shown>;
  /** The server took what was shown for nothing (401): whether something else can be shown now. Rejects as `show` does. */
  renew(whom: Whom | undefined, shown: Shown): Promise<Shown | undefined>;
}

/** What a leg shows with its next request; whoever sends it sees to that. */
export interface Badge {
  shown: Shown;
}

export const NOTHING_SHOWN: Shown = Object.freeze({});
