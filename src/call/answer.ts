import type { Json, JsonObject } from "./json.ts";

/**
 * What comes back from a server. Exactly one `result` or `error` ends a call; any number of `aside`s (progress, log
 * lines, requests to the client, change notices) may come before it, or on a stream that belongs to no call.
 */
export type Answer =
  | { readonly kind: "result"; readonly result: JsonObject }
  | { readonly kind: "error"; readonly code: number; readonly message: string; readonly data?: Json }
  | { readonly kind: "aside"; readonly method: string; readonly params: JsonObject };
