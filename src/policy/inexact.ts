import type { Call } from "../call/call.ts";

/**
 * The first number that a double cannot hold among these members of the arguments (undefined: among all), or undefined.
 * Paths are names joined by `.`, and names may hold dots too; what cannot be told apart counts as among them.
 */
export function inexactAmong(call: Call, members: ReadonlySet<string> | undefined): string | undefined {
  if (call.inexact.length === 0) return undefined;
  if (members === undefined) return call.inexact[0];
  const among = Array.from(members);
  return call.inexact.find((path) =>
    among.some((member) => path === member || path.startsWith(`${member}.`)),
  );
}
