import { type Json, type JsonObject, member } from "../../call/json.ts";
import type { Config } from "../../config/config.ts";
import { namesNoPolicy } from "../../config/policy-place.ts";
import { printable } from "../../document/render.ts";
import { localAccount } from "../../identity/local.ts";
import type { Policy } from "../../policy/policy.ts";
import { readied } from "../../rollout/ready.ts";
import { callOf, type Named } from "../call.ts";
import { configured } from "../configured.ts";
import { Failure } from "../failure.ts";
import { given, word } from "../given.ts";
import { columns, jsonLine, print } from "../out.ts";
import { textsInForce } from "../policy/applied.ts";
import { say, tell } from "../say.ts";
import { troubleIn } from "./mend.ts";
import { progress, sayDirect, summaryOf } from "./servers.ts";
import { type Offer, surveyOne } from "./survey.ts";
import { unknownServer } from "./unknown-server.ts";

type Kind = "tool" | "prompt" | "resource" | "template";

/** One thing that a server offers, and what policy has to say to it. */
interface Item {
  readonly kind: Kind;
  readonly name: string;
  /** `hidden`: denied whatever the arguments, and left out of lists. `denied`: listed, and refused as it stands. */
  readonly policy: "listed" | "hidden" | "denied" | null;
  /** Rules that speak of it: `deny, depending on the call: outside-workspace`. */
  readonly rules: readonly string[];
  readonly definition: JsonObject;
}

const LINE_CHARS = 200;

/** What policy says of a target, before anybody has called it with anything. */
function standing(policy: Policy, server: string, target: Named): Pick<Item, "policy" | "rules"> {
  const args = target.kind === "resource" ? { uri: target.uri } : {};
  const call = callOf(server, target, args, localAccount());
  const explained = policy.explain(call);
  const spoken = explained.rules.filter(({ outcome }) => outcome.kind !== "no match");
  const open = spoken.filter(({ outcome }) => outcome.kind !== "applies");
  const rules = spoken.map(({ name, effect, outcome }) =>
    outcome.kind === "applies" ? `${effect}: ${name}` : `${effect}, depending on the call: ${name}`,
  );
  if (policy.hides(call.principal, server, target)) return { policy: "hidden", rules };
  const denied = explained.verdict.kind === "deny" && open.length === 0;
  return { policy: denied ? "denied" : "listed", rules };
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function itemsOf(policy: Policy | undefined, server: string, { lists }: Offer): readonly Item[] {
  const rows = (kind: Kind, key: string, items: readonly JsonObject[]): readonly Item[] =>
    items.map((definition) => {
      const name = text(member(definition, key));
      const target: Named | undefined =
        kind === "template" ? undefined : kind === "resource" ? { kind, uri: name } : { kind, name };
      const said =
        policy === undefined || target === undefined
          ? { policy: null, rules: [] }
          : standing(policy, server, target);
      return { kind, name, ...said, definition };
    });
  return [
    ...rows("tool", "name", lists["tools/list"]),
    ...rows("prompt", "name", lists["prompts/list"]),
    ...rows("resource", "uri", lists["resources/list"]),
    ...rows("template", "uriTemplate", lists["resources/templates/list"]),
  ];
}

async function show(
  survey: ReturnType<typeof summaryOf>,
  { greeting }: Offer,
  items: readonly Item[],
  mode: Config["mode"],
): Promise<void> {
  const capabilities = member(greeting, "capabilities");
  const versions = member(greeting, "supportedVersions");
  const revision = Array.isArray(versions) ? versions.join(", ") : text(member(greeting, "protocolVersion"));
  const instructions = text(member(greeting, "instructions")).replaceAll(/\s+/g, " ").slice(0, LINE_CHARS);
  const about = [
    ["server", `${survey.server ?? "says no name"} ${survey.version ?? ""}`],
    ["transport", survey.transport],
    ["era", `${survey.era ?? "-"}   revision ${revision}`],
    ["capabilities", Object.keys((capabilities ?? {}) as JsonObject).join(", ")],
    ...(instructions === "" ? [] : [["instructions", instructions]]),
  ];
  for (const line of columns(about.map(([key = "", value = ""]) => [key, printable(value)])))
    await print(line);
  if (items.length > 0) await print("");
  const rows = items.map(({ kind, name, policy, rules }) =>
    [
      kind,
      name,
      policy === null ? "-" : mode === "observe" && policy !== "listed" ? `would be ${policy}` : policy,
      rules.join("; "),
    ].map(printable),
  );
  for (const line of columns([["KIND", "NAME", "POLICY", "RULES"], ...rows]))
    if (items.length > 0) await print(line);
}

async function policyIn(
  config: Config,
  options: Readonly<Record<string, unknown>>,
): Promise<Policy | undefined> {
  if (namesNoPolicy(config)) return undefined;
  try {
    const texts = await textsInForce(options);
    return readied(texts.sources, texts.options, Date.now()).policy;
  } catch (error) {
    say("warn", "the policy cannot be used, so nothing is said of it");
    tell(
      `     fix: portcullis policy check   (${error instanceof Failure ? error.message : "it has problems"})`,
    );
    return undefined;
  }
}

/** `portcullis servers inspect NAME`: all that one server offers, and what policy says to it for you. Exit 3 where it does not answer. */
export async function inspect(
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const name = words[0] ?? "";
  const config = configured(options["config"] as string | undefined);
  const server = config.servers.find((each) => each.name === name);
  if (server === undefined)
    throw unknownServer(
      name,
      config.servers.map((each) => each.name),
    );
  await sayDirect(config);
  const waiting = progress([name]);
  const found = await surveyOne(config, server);
  waiting.done(name);
  const summary = summaryOf(found);
  const trouble = troubleIn(found);
  const json = options["json"] === true;
  if (found.outcome instanceof Error || trouble !== undefined) {
    if (json)
      await print(
        jsonLine({ kind: "server", ...summary, last_words: trouble?.words ?? [], fix: trouble?.fix ?? null }),
      );
    say("fail", printable(`${name}: ${trouble?.what ?? ""}`));
    for (const line of trouble?.words ?? []) tell(`       ${printable(line)}`);
    tell(`     fix: ${printable(trouble?.fix ?? "")}`);
    return 3;
  }
  const items = itemsOf(await policyIn(config, options), name, found.outcome);
  if (json) {
    await print(jsonLine({ kind: "server", ...summary, greeting: found.outcome.greeting }));
    for (const item of items) await print(jsonLine(item));
    return 0;
  }
  await show(summary, found.outcome, items, config.mode);
  const [tool] = items;
  if (tool?.kind === "tool")
    tell(
      `Next  portcullis policy explain --server ${name} --tool ${word(printable(tool.name))}${given(options, "config")}`,
    );
  return 0;
}
