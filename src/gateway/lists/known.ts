import type { Call } from "../../call/call.ts";
import { whose } from "../../call/principal.ts";
import { checkParamHeaders } from "../../wire/headers.ts";
import type { Asking } from "../addresses/address.ts";
import type { Gate } from "../gate.ts";
import type { Shelf } from "./catalogue.ts";
import { wholeList } from "./lists.ts";

/** What is checked and hidden by a server's list needs the list before anything is judged. */
export function knowTarget(gate: Gate, asking: Asking, call: Call): void | Promise<void> {
  const { kind } = call.target;
  if ((kind !== "tool" && kind !== "prompt") || gate.mode === "observe") return;
  const list = kind === "tool" ? "tools/list" : "prompts/list";
  const known = gate.catalogue.shelf(call.server, whose(call.principal), list)?.items;
  if (known !== undefined) return holdHeaders(gate, asking, call, known);
  return wholeList(gate, asking, call.server, list).then((items) => holdHeaders(gate, asking, call, items));
}

/** The headers that mirror arguments, against what the tool's schema makes of them. */
function holdHeaders(gate: Gate, { headers }: Asking, call: Call, known: Shelf["items"]): void {
  if (call.target.kind !== "tool" || call.era === "legacy" || headers["mcp-method"] === undefined) return;
  const schema = known.get(call.target.name)?.["inputSchema"];
  // A tool that may not be known of must not be told apart by its headers.
  if (schema === undefined || gate.policy.hides(call.principal, call.server, call.target)) return;
  const fault = checkParamHeaders(headers, schema, call.args);
  if (fault !== undefined) throw fault;
}
