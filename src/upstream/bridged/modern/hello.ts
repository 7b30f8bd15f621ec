import { digest, isObject, type Json, type JsonObject, member } from "../../../call/json.ts";
import { META } from "../../../wire/revision.ts";

/** What a modern client says of itself with each request. Who says the same shares a session, nobody else does. */
export interface Hello {
  /** Names the session within the principal's conversation. */
  readonly part: string;
  readonly capabilities: JsonObject;
  readonly info: Json | undefined;
}

const NOTHING: JsonObject = Object.freeze({});

/** Reads the envelope of a request. */
export function helloOf(params: JsonObject): Hello {
  const meta = member(params, "_meta");
  const given = member(meta, META.client_capabilities);
  const capabilities = isObject(given) ? given : NOTHING;
  const info = member(meta, META.client_info);
  return { part: digest({ capabilities, info: info ?? null }), capabilities, info };
}
