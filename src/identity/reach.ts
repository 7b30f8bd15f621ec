import type { Target } from "../call/call.ts";
import { may } from "../call/permission.ts";
import type { Principal, Reach } from "../call/principal.ts";
import { anyOf, type Matcher } from "../policy/glob.ts";

interface Read {
  readonly server: Matcher;
  readonly tool: Matcher;
}

const READ = new WeakMap<Reach, Read>();
const ANY: Matcher = () => true;

function read(reach: Reach): Read {
  const known = READ.get(reach);
  if (known !== undefined) return known;
  const made = {
    server: reach.servers.length === 0 ? ANY : anyOf(reach.servers),
    tool: reach.tools.length === 0 ? ANY : anyOf(reach.tools),
  };
  READ.set(reach, made);
  return made;
}

/** Whether a credential leads to anything of an address: of a server, or of all of them together, which is "". */
export function reaches({ reach }: Principal, server: string): boolean {
  return reach === undefined || server === "" || read(reach).server(server);
}

/**
 * Whether a target is outside what somebody may use: of a role that uses nothing, everything; else what their credential does
 * not lead to: a server it does not name, or, where it names tools, anything else.
 */
export function outOfReach(principal: Principal, server: string, target: Target): boolean {
  if (!may(principal, "call", principal.tenant)) return true;
  const { reach } = principal;
  if (reach === undefined) return false;
  const { server: isServer, tool } = read(reach);
  if (!isServer(server)) return true;
  if (reach.tools.length === 0 || target.kind === "task") return false;
  return target.kind !== "tool" || !tool(target.name);
}
