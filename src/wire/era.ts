import type { ClientClaim } from "../call/call.ts";
import type { Fault } from "../call/fault.ts";
import type { JsonObject } from "../call/json.ts";
import type { Frame } from "./frame.ts";
import type { HeaderFields } from "./headers.ts";

/** One POST body, or one line of standard input (then without headers). */
export interface Inbound {
  /** One, unless the document was an array. */
  readonly frames: readonly Frame[];
  readonly batch: boolean;
  readonly headers: HeaderFields;
}

/** How the exchange is to be served, or why it is not. `revision` of a legacy exchange is what it asked for, if it did. */
export type Classified =
  | {
      readonly kind: "legacy";
      readonly reason: "initialize" | "no-claim" | "notification" | "response" | "batch";
      readonly revision: string | undefined;
      /** Only `initialize` says it; later requests have it from their session. */
      readonly client: ClientClaim | undefined;
    }
  | {
      readonly kind: "modern";
      readonly revision: string;
      readonly client: ClientClaim | undefined;
      /** `{}` for a notification, which need not say. */
      readonly capabilities: JsonObject;
    }
  | { readonly kind: "refused"; readonly rung: string; readonly fault: Fault };

/** Which era an exchange belongs to: the body decides, the header is checked against it. Never throws. */
export function classify(_inbound: Inbound): Classified {
  throw new TypeError("to follow");
}
