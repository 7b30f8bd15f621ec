import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { CLIENTS, type Client } from "../../clients/client.ts";
import { type FoundFile, findFile, thisMachine } from "../../clients/find.ts";
import { gateEntry, planConnect, planDisconnect, userPlace } from "../../clients/gate.ts";
import { type Plan } from "../../clients/plan.ts";
import { readRecord } from "../../clients/records.ts";
import { targetOf } from "../../clients/write.ts";
import { urlOf } from "../../config/address.ts";
import type { Address, Config } from "../../config/config.ts";
import { findConfig, loadConfig } from "../../config/load.ts";
import { Failure } from "../failure.ts";
import { given } from "../given.ts";
import { ownLauncher } from "../installation.ts";
import { say, tell } from "../say.ts";
import { carryOut, changes, confirmed, ownRecords, sayProblems, sayRefused, showPlans } from "./plans.ts";

type Options = Readonly<Record<string, unknown>>;

const PATIENCE_MS = 2000;

function clientNamed(words: readonly string[]): Client {
  const id = words[0] ?? "";
  const client = CLIENTS.find((one) => one.id === id);
  if (client !== undefined) return client;
  throw new Failure(2, `no client is called ${JSON.stringify(id)}`, CLIENTS.map((one) => one.id).join(", "));
}

/** The gate's address: as given, else that of the configuration's first listener. */
function addressOf(options: Options, file: string | undefined, { remote }: Client): string {
  const given = options["url"] as string | undefined;
  if (given !== undefined) {
    if (URL.canParse(given) && /^https?:$/.test(new URL(given).protocol)) return given;
    throw new Failure(
      2,
      `${JSON.stringify(given)} is not an address`,
      "for example http://127.0.0.1:8090/mcp",
    );
  }
  const config = file === undefined ? undefined : loadConfig({ file }).config;
  const { host, port } = config?.listen[0] ?? { host: "127.0.0.1", port: 8090 };
  if (config !== undefined && remote !== undefined) refuseApart(config);
  if (port === 0)
    throw new Failure(
      2,
      "the gate listens on any free port, and a client needs one that stays",
      "name it with --url, or write a port under `listen:`",
    );
  if (config?.tls !== undefined && config.public_url !== undefined) return `${config.public_url}/mcp`;
  return mcpAt({ host, port }, config?.tls);
}

const mcpAt = (address: Address, tls: Config["tls"]): string =>
  `${urlOf(address, tls === undefined ? "http" : "https")}/mcp`;

/** Where each server has an address of its own, no address leads to all of them. */
function refuseApart({ servers, listen, tls }: Config): void {
  const own = listen.filter(({ server }) => server !== undefined);
  if (!servers.every(({ name }) => own.some(({ server }) => server === name))) return;
  const [first] = own;
  if (first === undefined) return;
  const where = own.map((at) => (at.port === 0 ? at.server : `${at.server} at ${mcpAt(at, tls)}`)).join(", ");
  throw new Failure(
    2,
    `each server has an address of its own, and none leads to all of them: ${where}`,
    first.port === 0 ? "name one with --url" : `name one: --url ${mcpAt(first, tls)}`,
  );
}

/** Whether the gate is there already; a client that asks before it is shows an error. */
async function checkGate(url: string): Promise<void> {
  try {
    const answer = await fetch(new URL("/health", url), { signal: AbortSignal.timeout(PATIENCE_MS) });
    await answer.body?.cancel();
  } catch (error) {
    const { code = "" } = ((error as Error).cause ?? {}) as { readonly code?: string };
    // Somebody is there, and this program does not know who signed for them; the client may.
    if (/CERT|SIGNED|SSL|TLS/.test(code))
      say("warn", `the certificate at ${url} is not trusted here (${code})`);
    else say("warn", `nothing answers at ${url} yet: portcullis start`);
  }
}

function fileOf(client: Client): FoundFile {
  const found = findFile(userPlace(client, thisMachine(), existsSync), client);
  if (!("message" in found)) return found;
  sayProblems([found]);
  throw new Failure(1, `${client.label} stays as it is`);
}

async function finish(plan: Plan, options: Options, again: string): Promise<number> {
  await showPlans([plan], options["json"] === true);
  // What is done already is no failure; what was asked for and cannot be done is.
  if (!changes(plan)) return sayRefused([plan]);
  if (options["dryRun"] === true) {
    tell(`Nothing was changed. To do it: ${again}`);
    return 0;
  }
  if (!(await confirmed(options, again))) return 1;
  const code = await carryOut([plan]);
  if (code === 0) tell(`Next  restart ${plan.file.client.label}`);
  return code;
}

/** `portcullis connect CLIENT`: one entry in this user's list of a client, which leads to the gate. */
export async function connect(words: readonly string[], options: Options): Promise<number> {
  const client = clientNamed(words);
  const file = findConfig(options["config"] as string | undefined);
  if (client.remote === undefined && file === undefined)
    throw new Failure(
      2,
      `${client.label} only starts programs, and what it is to start needs a configuration`,
      "portcullis init, or name one with --config",
    );
  if (client.remote === undefined && options["url"] !== undefined)
    throw new Failure(
      2,
      `${client.label} only starts programs, and --url has no place there`,
      "leave it away",
    );
  const url = addressOf(options, file, client);
  const shim = ["proxy", ...(file === undefined ? [] : ["--config", resolve(file)])];
  const found = fileOf(client);
  const value = gateEntry(client, { url, words: [...ownLauncher(), ...shim] });
  if (client.remote !== undefined) await checkGate(url);
  const plan = planConnect(found, readRecord(ownRecords(), targetOf(found.place.file)), value);
  return await finish(plan, options, `portcullis connect ${client.id}${given(options, "url", "config")}`);
}

/** `portcullis disconnect CLIENT`: takes that entry out again. */
export async function disconnect(words: readonly string[], options: Options): Promise<number> {
  const client = clientNamed(words);
  const found = fileOf(client);
  const plan = planDisconnect(found, readRecord(ownRecords(), targetOf(found.place.file)));
  return await finish(plan, options, `portcullis disconnect ${client.id}`);
}
