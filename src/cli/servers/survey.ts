import type { Era } from "../../call/call.ts";
import { Fault } from "../../call/fault.ts";
import { isObject, type JsonObject, member } from "../../call/json.ts";
import type { Config, Server } from "../../config/config.ts";
import { version } from "../../config/version.ts";
import { itemsOf, type ListMethod } from "../../gateway/lists/catalogue.ts";
import type { Credentials } from "../../gateway/ways/credentials.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Leg, UpstreamStatus } from "../../upstream/leg.ts";
import { openUpstream } from "../../upstream/upstream.ts";
import { type Frame, frameOf } from "../../wire/frame.ts";
import { mirrored } from "../../wire/headers.ts";
import { LEGACY_REVISIONS, META, MODERN_REVISIONS } from "../../wire/revision.ts";
import { withCredentials } from "../keys/lent.ts";

/** What everybody knows to ask for; extensions have lists of their own. */
type Listed = Exclude<ListMethod, "skills/list">;

/** What a server says of itself when it is asked. */
export interface Offer {
  readonly greeting: JsonObject;
  readonly lists: Readonly<Record<Listed, readonly JsonObject[]>>;
}

/** One server, asked directly: what it offers, or why it did not say. */
export interface Survey {
  readonly server: Server;
  readonly status: UpstreamStatus;
  readonly took_ms: number;
  readonly outcome: Offer | Fault;
}

/** A launcher may have to fetch a package first. */
const MOST_MS = 30_000;
const PAGES = 64;
const ITEMS = 10_000;
/** A log that nobody reads: what is wrong is said in words. */
export const SILENT: Log = { debug() {}, info() {}, warn() {}, error() {} };

const CAPABILITY: Readonly<Record<Listed, string>> = {
  "tools/list": "tools",
  "prompts/list": "prompts",
  "resources/list": "resources",
  "resources/templates/list": "resources",
};

/** Asks over one leg, in the words of its era. */
type Ask = (method: string, params: JsonObject) => Promise<JsonObject>;

function asker(leg: Leg, era: Era, signal: AbortSignal): Ask {
  let count = 0;
  let agreed: string | undefined;
  const envelope = {
    [META.revision]: MODERN_REVISIONS[0],
    [META.client_info]: { name: "portcullis", version: version() },
    [META.client_capabilities]: {},
  };
  const headersOf = (frame: Frame) =>
    era === "modern"
      ? { "mcp-protocol-version": MODERN_REVISIONS[0], ...mirrored(frame) }
      : { ...(agreed !== undefined && { "mcp-protocol-version": agreed }) };
  return async (method, params) => {
    count += 1;
    const given = era === "modern" ? { ...params, _meta: envelope } : params;
    const frame = frameOf({ kind: "request", id: `portcullis:${count}`, method, params: given });
    const ending = await leg.ask(frame, headersOf(frame), () => undefined, signal);
    const said = ending.kind === "answer" ? ending.frame.message : undefined;
    if (said?.kind !== "result") {
      const why = said?.kind === "error" ? said.message.slice(0, 300) : "its stream ended early";
      throw new Fault("upstream-refused", `The server ${leg.server} did not answer ${method}: ${why}`);
    }
    if (method === "initialize") {
      const revision = member(said.result, "protocolVersion");
      agreed = typeof revision === "string" ? revision : undefined;
      const initialized = frameOf({ kind: "notification", method: "notifications/initialized", params: {} });
      await leg.tell(initialized, headersOf(initialized));
    }
    return said.result;
  };
}

/** A whole list, within bounds. */
async function read(ask: Ask, method: Listed): Promise<readonly JsonObject[]> {
  const items: JsonObject[] = [];
  let params: JsonObject = {};
  for (let page = 0; page < PAGES && items.length < ITEMS; page += 1) {
    const result = await ask(method, params);
    items.push(...itemsOf(method, result).values());
    const cursor = member(result, "nextCursor");
    if (typeof cursor !== "string") break;
    params = { cursor };
  }
  return items.slice(0, ITEMS);
}

async function offerOf(leg: Leg, era: Era, signal: AbortSignal): Promise<Offer> {
  const ask = asker(leg, era, signal);
  const greeting =
    era === "modern"
      ? await ask("server/discover", {})
      : await ask("initialize", {
          protocolVersion: LEGACY_REVISIONS.at(-1) ?? "",
          capabilities: {},
          clientInfo: { name: "portcullis", version: version() },
        });
  const declared = member(greeting, "capabilities");
  const list = async (method: Listed): Promise<readonly JsonObject[]> =>
    isObject(declared) && declared[CAPABILITY[method]] !== undefined ? await read(ask, method) : [];
  const lists = {
    "tools/list": await list("tools/list"),
    "prompts/list": await list("prompts/list"),
    "resources/list": await list("resources/list"),
    // Many servers that have resources know no templates.
    "resources/templates/list": await list("resources/templates/list").catch(() => []),
  };
  return { greeting, lists };
}

async function outcomeOf(upstream: ReturnType<typeof openUpstream>): Promise<Offer | Fault> {
  const signal = AbortSignal.timeout(MOST_MS);
  const late = new Promise<never>((_, reject) => {
    const fault = new Fault("upstream-timeout", `The server did not answer within ${MOST_MS / 1000} s.`);
    signal.addEventListener("abort", () => reject(fault), { once: true });
  });
  const asked = async (): Promise<Offer> => {
    const era = await upstream.era();
    return await offerOf(await upstream.connect("portcullis", era), era, signal);
  };
  try {
    return await Promise.race([asked(), late]);
  } catch (error) {
    return error instanceof Fault ? error : new Fault("internal", String(error), { cause: error });
  }
}

/** Asks a server what it offers, over a way of its own that is closed afterwards. Never rejects; takes 30 s at most. */
async function survey(server: Server, credentials: Credentials): Promise<Survey> {
  const began = performance.now();
  const credential = credentials.of(server);
  const upstream = openUpstream(server, { log: SILENT, now: Date.now, credential });
  const outcome = await outcomeOf(upstream);
  const status = upstream.status();
  await upstream.close();
  return { server, status, took_ms: Math.round(performance.now() - began), outcome };
}

/** Asks one server of a configuration, as `surveyAll`. */
export async function surveyOne(config: Config, server: Server): Promise<Survey> {
  return await withCredentials(config, (credentials) => survey(server, credentials));
}

/** Asks all servers of a configuration at once; `told` hears of each as it ends. */
export async function surveyAll(
  config: Config,
  told: (survey: Survey) => void = () => undefined,
): Promise<readonly Survey[]> {
  return await withCredentials(config, (credentials) =>
    Promise.all(
      config.servers.map(async (server) => {
        const one = await survey(server, credentials);
        told(one);
        return one;
      }),
    ),
  );
}
