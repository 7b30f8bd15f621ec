import type { JsonPath } from "../call/json.ts";
import { eachElement, eachMember, OPEN_ARRAY, OPEN_OBJECT, skipSpace, skipValue } from "./scan.ts";

/**
 * The bytes of the value at a path of a decoded document, without the white space around it; undefined where nothing
 * stands there. What is handed on from inside a message keeps the spelling it came in.
 */
export function sliceAt(bytes: Buffer, path: JsonPath): Buffer | undefined {
  let at = skipSpace(bytes, 0);
  for (const key of path) {
    let found: number | undefined;
    const step = (value: number, name: string | number): number => {
      if (name === key) found = value;
      return skipValue(bytes, value);
    };
    if (typeof key === "string" && bytes[at] === OPEN_OBJECT)
      eachMember(bytes, at, (value, _start, name) => step(value, name));
    else if (typeof key === "number" && bytes[at] === OPEN_ARRAY)
      eachElement(bytes, at, (value, _start, index) => step(value, index));
    if (found === undefined) return undefined;
    at = found;
  }
  return bytes.subarray(at, skipValue(bytes, at));
}
