import { journal } from "./audit/journal.ts";
import { callId } from "./call/id.ts";
import type { Config, Server } from "./config/config.ts";
import type { Address } from "./gateway/address.ts";
import { Catalogue } from "./gateway/catalogue.ts";
import type { Gate } from "./gateway/gate.ts";
import { merged } from "./gateway/merged.ts";
import { single } from "./gateway/single.ts";
import { tasks } from "./gateway/tasks.ts";
import { ANONYMOUS } from "./identity/local.ts";
import type { HttpDoor } from "./ingress/http.ts";
import type { Policy } from "./policy/policy.ts";
import { order } from "./stages/order.ts";
import type { SchemaCheck } from "./stages/schema.ts";
import { absentStore } from "./store/absent.ts";
import { openStore } from "./store/open.ts";
import type { Store } from "./store/store.ts";
import { StoreUnusable } from "./store/unavailable.ts";
import type { Log } from "./telemetry/log.ts";
import type { Upstream } from "./upstream/leg.ts";

/** A gate with everything it stands on, and the order in which to take it down again. */
export interface Running {
  readonly gate: Gate;
  readonly store: Store;
  /** `` is all servers that are not separate. */
  readonly addressOf: (name: string) => Address | undefined;
  readonly close: () => Promise<void>;
}

export interface Parts {
  readonly config: Config;
  readonly policy: Policy;
  readonly log: Log;
  readonly version: string;
  /** The way to a server where it is not the usual one. */
  readonly reach?: (server: Server) => Upstream;
}

/** In `observe` nothing is refused, so nothing is loaded to check with. */
const UNCHECKED: SchemaCheck = () => ({ kind: "unchecked", why: "observe mode" });

/** The store; in `observe`, where nothing is ever refused, one that takes nothing stands for one that cannot be opened. */
async function storeOf({ mode, store }: Config, log: Log): Promise<Store> {
  try {
    return await openStore(store);
  } catch (error) {
    if (mode === "enforce" || !(error instanceof StoreUnusable)) throw error;
    log.warn({ reason: error.message }, "nothing is recorded; calls pass, because the gate only observes");
    return absentStore(error);
  }
}

/** The only place that constructs back ends. In `enforce` it rejects where the store cannot be opened. */
export async function construct({ config, policy, log, version, reach }: Parts): Promise<Running> {
  const store = await storeOf(config, log);
  const ticks = (): number => performance.now();
  const now = (): number => Date.now();
  const catalogue = new Catalogue(ticks);
  // What one way to a server needs is not loaded for another.
  const { openUpstream } =
    reach === undefined ? await import("./upstream/upstream.ts") : { openUpstream: reach };
  const check =
    config.mode === "observe" ? UNCHECKED : await (await import("./stages/schema.ts")).schemaCheck();
  const gate: Gate = {
    mode: config.mode,
    limits: config.limits,
    bounds: { bytes: config.limits.body_bytes, depth: config.limits.depth },
    servers: new Map(
      config.servers.map((server) => [server.name, { server, upstream: openUpstream(server, { log, now }) }]),
    ),
    policy,
    order: order({
      hides: (principal, server, target) => policy.hides(principal, server, target),
      withholds: (principal, server) => policy.withholds(principal, server),
      unheard: ({ server, principal, target }) => {
        if (target.kind !== "tool" && target.kind !== "prompt") return false;
        const shelf = catalogue.shelf(
          server,
          principal.id,
          target.kind === "tool" ? "tools/list" : "prompts/list",
        );
        return shelf?.withheld === true && !shelf.items.has(target.name);
      },
      inputSchemaOf: ({ server, principal, target }) => {
        if (target.kind !== "tool") return undefined;
        const schema = catalogue.shelf(server, principal.id, "tools/list")?.items.get(target.name)?.[
          "inputSchema"
        ];
        return typeof schema === "object" && schema !== null && !Array.isArray(schema)
          ? (schema as never)
          : undefined;
      },
      check,
    }),
    journal: journal(store, { mode: config.mode, detail: config.audit.detail, log }),
    catalogue,
    tasks: tasks(store, now),
    log,
    version,
    now,
    ticks,
    newCallId: callId,
  };
  const addresses = addressesOf(gate, separateOf(config));
  return {
    gate,
    store,
    addressOf: (name) => addresses.get(name),
    async close() {
      await Promise.all([...gate.servers.values()].map(({ upstream }) => upstream.close()));
      await store.close();
    },
  };
}

/** Each server at its own name, and all that are not separate at ``; one server alone is the same at both. */
function addressesOf(gate: Gate, separate: ReadonlySet<string>): ReadonlyMap<string, Address> {
  const own = [...gate.servers.values()].map((one) => [one.server.name, single(gate, one)] as const);
  const together = new Map([...gate.servers].filter(([name]) => !separate.has(name)));
  const [only] = together.values();
  if (only === undefined) return new Map(own);
  const plain = together.size === 1 && only.server.prefix === undefined;
  const all = plain ? { ...single(gate, only), name: "" } : merged({ ...gate, servers: together });
  return new Map([...own, ["", all]]);
}

/** The servers that have a listener of their own, and so are not behind the common one. */
function separateOf({ listen }: Config): ReadonlySet<string> {
  return new Set(listen.flatMap(({ server }) => server ?? []));
}

/** The HTTP door of a running gate. */
export async function openHttp(running: Running, config: Config): Promise<HttpDoor> {
  const { httpDoor } = await import("./ingress/http.ts");
  const separate = separateOf(config);
  return httpDoor({
    gate: running.gate,
    door: config,
    health: { version: running.gate.version, ready: () => running.store.check() },
    addressOf({ server }, name) {
      if (server === undefined) return separate.has(name) ? undefined : running.addressOf(name);
      return name === "" || name === server ? running.addressOf(server) : undefined;
    },
    // `auth: none`, which configuration allows on loopback only.
    identify: () => ANONYMOUS,
  });
}
