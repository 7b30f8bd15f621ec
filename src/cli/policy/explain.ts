import { redact } from "../../audit/redact.ts";
import type { Call } from "../../call/call.ts";
import type { JsonObject } from "../../call/json.ts";
import type { Principal } from "../../call/principal.ts";
import { printable } from "../../document/render.ts";
import { localAccount } from "../../identity/local.ts";
import { compile } from "../../policy/compile.ts";
import { sentences } from "../../policy/explain.ts";
import { NONE } from "../../voters/voters.ts";
import { callOf, type Named } from "../call.ts";
import { Failure } from "../failure.ts";
import { jsonLine, print } from "../out.ts";
import { tell } from "../say.ts";
import { unknownServer } from "../servers/unknown-server.ts";
import { textsInForce } from "./applied.ts";
import type { PolicyTexts } from "./files.ts";
import { askedVoters, stepSentence } from "./voters.ts";

function targetOf(options: Readonly<Record<string, unknown>>): Named {
  const kinds = (["tool", "prompt", "resource"] as const).filter((kind) => options[kind] !== undefined);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1)
    throw new Failure(2, "explain needs one of --tool, --prompt and --resource");
  const name = String(options[kind]);
  return kind === "resource" ? { kind, uri: name } : { kind, name };
}

function principalOf(options: Readonly<Record<string, unknown>>): Principal {
  const own = localAccount();
  return {
    ...own,
    id: (options["principal"] as string | undefined) ?? own.id,
    tenant: (options["tenant"] as string | undefined) ?? own.tenant,
    roles: (options["role"] as readonly string[] | undefined) ?? own.roles,
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
  const texts = await textsInForce(options);
  const args = (options["args"] as JsonObject | undefined) ?? {};
  const call = callOf(String(options["server"]), targetOf(options), args, principalOf(options));
  const servers = texts.options.servers ?? [];
  if (servers.length > 0 && !servers.includes(call.server)) throw unknownServer(call.server, servers);
  const own = compile(texts.sources, texts.options).explain(call, [], redact(call.args).args);
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
