import type { Fault } from "../call/fault.ts";
import type { Json, JsonObject } from "../call/json.ts";
import type { Classified } from "./era.ts";
import type { Frame, Message } from "./frame.ts";

/** Header fields under lower-case names, as `node:http` gives them. */
export type HeaderFields = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Everything headers must agree on with an exchange that was classified, HTTP only: `checkModern` for each modern request,
 * `checkRevision` for legacy exchanges other than `initialize`. Undefined where all is well.
 */
export function checkHeaders(
  _classified: Classified,
  _frames: readonly Frame[],
  _headers: HeaderFields,
): Fault | undefined {
  throw new TypeError("to follow");
}
export function checkModern(_message: Message, _headers: HeaderFields): Fault | undefined {
  throw new TypeError("to follow");
}
export function checkRevision(_headers: HeaderFields): Fault | undefined {
  throw new TypeError("to follow");
}
export function checkParamHeaders(
  _headers: HeaderFields,
  _inputSchema: Json,
  _args: JsonObject,
): Fault | undefined {
  throw new TypeError("to follow");
}
export function forwardable(_headers: HeaderFields): Record<string, string | string[]> {
  throw new TypeError("to follow");
}
export function mirrored(_frame: Frame): Record<string, string> {
  throw new TypeError("to follow");
}
