import { userInfo } from "node:os";
import type { Call, Target } from "../call/call.ts";
import { callId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import { printable } from "../document/render.ts";
import { compile } from "../policy/compile.ts";
import { sentences } from "../policy/explain.ts";
import { NONE } from "../voters/voters.ts";
import { Failure } from "./failure.ts";
import { jsonLine, print } from "./out.ts";
import { type PolicyTexts, policyTexts } from "./policy-files.ts";
import { tell } from "./say.ts";
import { unknownServer } from "./unknown-server.ts";
import { askedVoters, stepSentence } from "./voters.ts";

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

/** What the voters say of a call; undefined: one that policy refuses, which they never see. */
async function heard(texts: PolicyTexts, options: Readonly<Record<string, unknown>>, call: Call | undefined) {
  if (call === undefined) return { ...NONE, left: [] };
  const { voters, left } = await askedVoters(texts, options);
  try {
    return { ...(await voters.tighten(call)), left };
  } finally {
    await voters.close();
  }
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
  const own = compile(texts.sources, texts.options).explain(call);
  const { steps, refusal, left } = await heard(
    texts,
    options,
    own.verdict.kind === "deny" ? undefined : call,
  );
  const explanation = { ...own, verdict: refusal ?? own.verdict };
  if (options["json"] === true) await print(jsonLine({ call, ...explanation, voters: steps }));
  else {
    for (const line of [...sentences(explanation), ...steps.map(stepSentence)]) await print(printable(line));
    if (left.length > 0) tell(`Not asked: ${left.join(", ")}. Ask with --voters.`);
  }
  return explanation.verdict.kind === "allow" ? 0 : 1;
}
