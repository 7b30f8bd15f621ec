import type { Call } from "../call/call.ts";

/** The first member of a JSON Pointer (RFC 6901); undefined for the whole document. */
function firstMember(pointer: string): string | undefined {
  if (!pointer.startsWith("/")) return undefined;
  const end = pointer.indexOf("/", 1);
  const name = pointer.slice(1, end === -1 ? undefined : end);
  return name.replaceAll("~1", "/").replaceAll("~0", "~");
}

/**
 * The first number that a double cannot hold among these members of the arguments (undefined: among all), or undefined.
 * What cannot be told apart counts as among them.
 */
export function inexactAmong(call: Call, members: ReadonlySet<string> | undefined): string | undefined {
  if (call.inexact.length === 0) return undefined;
  return call.inexact.find((pointer) => {
    const name = firstMember(pointer);
    return name === undefined || members === undefined || members.has(name);
  });
}
