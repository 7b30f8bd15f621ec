import type { Call } from "../call/call.ts";
import { classOfArguments, higher } from "../call/classification.ts";
import { isObject, type JsonObject, member } from "../call/json.ts";
import { whose } from "../call/principal.ts";
import { hintsOf } from "../policy/annotations.ts";
import type { Gate } from "./gate.ts";

/** Whether a schema says anything of what the data is: most say nothing, and are not looked through for each call. */
const tagged = new WeakMap<JsonObject, boolean>();

function isTagged(tool: JsonObject): boolean {
  const known = tagged.get(tool);
  if (known !== undefined) return known;
  const is = JSON.stringify(tool["inputSchema"] ?? null).includes('"x-classification"');
  tagged.set(tool, is);
  return is;
}

/**
 * The call, with what its server's configuration and its tool's schema say its data is, and what the server says of the tool. The schema can
 * only raise it.
 */
export function classified({ servers, catalogue }: Gate, call: Call): Call {
  const { server, principal, target, args } = call;
  const said = servers.get(server)?.server.classification;
  const tool =
    target.kind === "tool"
      ? catalogue.shelf(server, whose(principal), "tools/list")?.items.get(target.name)
      : undefined;
  const tags = tool !== undefined && isTagged(tool) ? classOfArguments(tool["inputSchema"], args) : undefined;
  const classification = higher(said, tags);
  const declared = member(tool, "annotations");
  const annotations = isObject(declared) ? hintsOf(declared) : undefined;
  if (classification === undefined && annotations === undefined) return call;
  return {
    ...call,
    ...(classification !== undefined && { classification }),
    ...(annotations !== undefined && { annotations }),
  };
}
