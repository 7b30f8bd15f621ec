import { userInfo } from "node:os";
import type { Call, Target } from "../call/call.ts";
import { callId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import { printable } from "../document/render.ts";
import { compile } from "../policy/compile.ts";
import { sentences } from "../policy/explain.ts";
import { Failure } from "./failure.ts";
import { jsonLine, print } from "./out.ts";
import { policyTexts } from "./policy-files.ts";
import { unknownServer } from "./unknown-server.ts";

const METHODS = { tool: "tools/call", prompt: "prompts/get", resource: "resources/read" } as const;

function targetOf(options: Readonly<Record<string, unknown>>): Exclude<Target, { kind: "none" | "task" }> {
  const kinds = (["tool", "prompt", "resource"] as const).filter((kind) => options[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1)
    throw new Failure(2, "explain needs one of --tool, --prompt and --resource");
  const name = String(options[kind]);
  return kind === "resource" ? { kind, uri: name } : { kind, name };
}

function callOf(options: Readonly<Record<string, unknown>>): Call {
  const at = Date.now();
  const target = targetOf(options);
  return {
    id: callId(at),
    at,
    principal: {
      id: (options["principal"] as string | undefined) ?? userInfo().username,
      tenant: (options["tenant"] as string | undefined) ?? "default",
      roles: (options["role"] as readonly string[] | undefined) ?? [],
      scopes: [],
      source: "local-account",
    },
    client: undefined,
    era: "modern",
    server: String(options["server"]),
    method: METHODS[target.kind],
    target,
    args: (options["args"] as JsonObject | undefined) ?? {},
    meta: {},
    inexact: [],
  };
}

/** `portcullis policy explain`: the verdict on a call that is not made, and each rule's part in it. Exit 1 where it is refused. */
export async function explain(
  _: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const texts = policyTexts([], options);
  const call = callOf(options);
  const servers = texts.options.servers ?? [];
  if (servers.length > 0 && !servers.includes(call.server)) throw unknownServer(call.server, servers);
  const explanation = compile(texts.sources, texts.options).explain(call);
  if (options["json"] === true) await print(jsonLine({ call, ...explanation }));
  else for (const line of sentences(explanation)) await print(printable(line));
  return explanation.verdict.kind === "allow" ? 0 : 1;
}
