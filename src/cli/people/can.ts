import { Fault } from "../../call/fault.ts";
import type { JsonObject } from "../../call/json.ts";
import { whose } from "../../call/principal.ts";
import { type Config, NO_NOTIFICATIONS } from "../../config/config.ts";
import { version } from "../../config/version.ts";
import { printable } from "../../document/render.ts";
import { asOf } from "../../gateway/as-of.ts";
import { knownPrincipals } from "../../gateway/can/known-principals.ts";
import { type Can, type CanParts, whatCan, whoCan } from "../../gateway/can/what-can.ts";
import { construct } from "../../main.ts";
import { openLog } from "../../telemetry/log.ts";
import { configured } from "../configured.ts";
import { columns, jsonLine, print } from "../out.ts";
import { policyInForce } from "../policy/of.ts";
import { say, tell } from "../say.ts";
import { surveyAll } from "../servers/survey.ts";
import { unknownServer } from "../servers/unknown-server.ts";

type Options = Readonly<Record<string, unknown>>;

/**
 * Works with a gate of this configuration that answers nobody and tells nobody anything. Its servers are asked what they offer,
 * so that what is judged is judged as in a gate whose clients have seen the lists.
 */
async function withGate<T>(
  config: Config,
  tenant: string,
  only: string | undefined,
  work: (parts: CanParts) => Promise<T>,
): Promise<T> {
  const { policy, follows } = policyInForce(config);
  const log = openLog("fatal");
  const running = await construct({
    config: { ...config, notifications: NO_NOTIFICATIONS },
    policy,
    follows,
    log,
    judges: true,
    version: version(),
  });
  try {
    const { gate, store } = running;
    const implies = config.auth.mode === "required" ? config.auth.implies : {};
    const parts = { gate, store, implies };
    const servers = config.servers.filter(({ name }) => only === undefined || name === only);
    const own = asOf(gate, { id: "", tenant, roles: [], scopes: [], source: "token" });
    const known = await knownPrincipals(store, tenant, { roles: own.policy.roles, implies, now: Date.now() });
    for (const { server, outcome } of await surveyAll({ ...config, servers })) {
      if (outcome instanceof Fault) {
        say("warn", `${server.name} did not say what it offers: ${printable(outcome.message)}`);
        continue;
      }
      const items = new Map(outcome.lists["tools/list"].map((item) => [nameOf(item), item] as const));
      own.catalogue.learn(server.name, `${tenant}/`, "tools/list", items);
      for (const { principal } of known)
        own.catalogue.learn(server.name, whose(principal), "tools/list", items);
    }
    return await work(parts);
  } finally {
    await running.close();
  }
}

/** Lists hold what has a name only (`itemsOf`). */
const nameOf = ({ name }: JsonObject): string => (typeof name === "string" ? name : "");

function lineOf({ principal, from, ...rest }: Can): Readonly<Record<string, unknown>> {
  const { id, tenant, roles, credential } = principal;
  return { principal: id, tenant, roles, ...(credential !== undefined && { credential }), from, ...rest };
}

/** `if files-only: args.path …`: what it depends on, or which rule speaks. */
function because({ rule, on, unless }: Can): string {
  const rules = on.map(
    ({ rule: name, effect, where }) =>
      `${effect} ${name}${where.length === 0 ? "" : ` if ${where.join(", ")}`}`,
  );
  const said = rules.length === 0 ? (rule ?? "") : rules.join("; ");
  return unless.length === 0 ? said : `${said}   unless: ${unless.join(", ")}`;
}

function whoText({ principal: { id, roles, credential }, from }: Can): readonly string[] {
  const by = from === "key" ? `key ${credential ?? ""}` : from;
  return [printable(id), roles.length === 0 ? "-" : roles.map(printable).join(","), by];
}

async function shown(
  found: readonly Can[],
  json: boolean,
  row: (can: Can) => readonly string[],
  head: readonly string[],
) {
  if (json) for (const can of found) await print(jsonLine(lineOf(can)));
  else if (found.length > 0)
    for (const line of columns([
      head,
      ...found.map((can) => [...row(can), can.verdict, printable(because(can))]),
    ]))
      await print(line);
  if (!json && found.some(({ mode }) => mode === "observe"))
    tell("This gate only observes: nothing is refused, and this is what would be.");
}

/** `portcullis who-can SERVER TOOL`: who of those that the gate knows can call it. Exit 1 where nobody can. */
export async function who([server = "", tool = ""]: readonly string[], options: Options): Promise<number> {
  const config = configured(options["config"] as string | undefined);
  const names = config.servers.map(({ name }) => name);
  if (!names.includes(server)) throw unknownServer(server, names);
  const tenant = (options["tenant"] as string | undefined) ?? "default";
  const args = options["args"] as JsonObject | undefined;
  const about = { server, tool, ...(args !== undefined && { args }) };
  const found = await withGate(config, tenant, server, (parts) => whoCan(parts, tenant, about));
  await shown(found, options["json"] === true, whoText, [
    "PRINCIPAL",
    "ROLES",
    "KNOWN BY",
    "VERDICT",
    "BECAUSE",
  ]);
  return found.some(({ verdict }) => verdict !== "deny") ? 0 : 1;
}

/** `portcullis what-can PRINCIPAL`: what they can call. Exit 1 where that is nothing. */
export async function what([principal = ""]: readonly string[], options: Options): Promise<number> {
  const config = configured(options["config"] as string | undefined);
  const names = config.servers.map(({ name }) => name);
  const server = options["server"] as string | undefined;
  if (server !== undefined && !names.includes(server)) throw unknownServer(server, names);
  const tenant = (options["tenant"] as string | undefined) ?? "default";
  const found = await withGate(config, tenant, server, (parts) => whatCan(parts, tenant, principal, server));
  const row = (can: Can): readonly string[] => [can.server, printable(can.tool), ...whoText(can).slice(1)];
  await shown(found, options["json"] === true, row, [
    "SERVER",
    "TOOL",
    "ROLES",
    "KNOWN BY",
    "VERDICT",
    "BECAUSE",
  ]);
  return found.some(({ verdict }) => verdict !== "deny") ? 0 : 1;
}
