import { desk } from "./approval/desk.ts";
import { followGrants, NO_GRANTS } from "./approval/grants.ts";
import { type Pages, pages } from "./approval/pages.ts";
import { expiring } from "./approval/expiry.ts";
import { journal } from "./audit/journal.ts";
import { approvalId, callId } from "./call/id.ts";
import { openCounters } from "./cluster/open.ts";
import { gateSecret } from "./config/secret.ts";
import type { Config, Server } from "./config/config.ts";
import type { Address } from "./gateway/address.ts";
import { Catalogue } from "./gateway/catalogue.ts";
import { returns } from "./gateway/comeback.ts";
import type { Gate, InForce } from "./gateway/gate.ts";
import { merged } from "./gateway/merged.ts";
import { sightOf } from "./gateway/sight.ts";
import { single } from "./gateway/single.ts";
import { tasks } from "./gateway/tasks.ts";
import type { Identity } from "./identity/identity.ts";
import { confinesOf, openIdentity } from "./identity/open.ts";
import type { HttpDoor } from "./ingress/http.ts";
import { openNotices } from "./notify/notices.ts";
import type { Policy } from "./policy/policy.ts";
import type { Follower, Following } from "./rollout/follow.ts";
import type { Reign } from "./rollout/reign.ts";
import type { Setting } from "./rollout/setting.ts";
import { order } from "./stages/order.ts";
import type { SchemaCheck } from "./stages/schema.ts";
import { absentStore } from "./store/absent.ts";
import { openStore } from "./store/open.ts";
import type { Store } from "./store/store.ts";
import { JournalUnavailable, StoreUnusable } from "./store/unavailable.ts";
import type { Log } from "./telemetry/log.ts";
import type { Upstream } from "./upstream/leg.ts";
import { NO_VOTERS, type Voters } from "./voters/voters.ts";

/** A gate with everything it stands on, and the order in which to take it down again. */
export interface Running {
  readonly gate: Gate;
  readonly store: Store;
  readonly identity: Identity;
  /** The pages of questions to people. */
  readonly pages: Pages;
  /** Where it listens, for links to those pages where no `public_url` is written. */
  readonly reachedAt: (url: string) => void;
  /** `` is all servers that are not separate. */
  readonly addressOf: (name: string) => Address | undefined;
  /** What policy is followed; undefined where it is the same for as long as the gate runs. */
  readonly following: () => Following | undefined;
  /** Why limits cannot be counted now, or `ok`. */
  readonly counting: () => string;
  readonly close: () => Promise<void>;
}

export interface Parts {
  readonly config: Config;
  readonly policy: Policy;
  readonly log: Log;
  readonly version: string;
  /** Where policy changes while the gate runs; absent: nowhere. */
  readonly follows?: Follows;
  /** What is made of each version before it is asked. */
  readonly adapt?: (policy: Policy) => Policy;
  /** The way to a server where it is not the usual one. */
  readonly reach?: (server: Server) => Upstream;
}

/** What a gate's policy is read with, and where it comes from; `own` is absent with `policy: store`. */
export type Follows = Pick<Setting, "options" | "own">;

/** Follows what is applied in the store. What cannot be read is no reason not to watch. */
async function followerOf(
  { policies }: Store,
  { mode }: Config,
  follows: Follows | undefined,
  { log, now }: Pick<Setting, "log" | "now">,
): Promise<Follower | undefined> {
  if (follows === undefined) return undefined;
  const { follow } = await import("./rollout/follow.ts");
  try {
    return await follow({ ...follows, policies, log, now });
  } catch (error) {
    if (mode === "enforce" || !(error instanceof JournalUnavailable)) throw error;
    return undefined;
  }
}

/** The same version is dressed once. */
function dressing(dress: (reign: Reign) => InForce): (reign: Reign) => InForce {
  const dressed = new WeakMap<Reign, InForce>();
  return (reign) => {
    const known = dressed.get(reign);
    if (known !== undefined) return known;
    const made = dress(reign);
    dressed.set(reign, made);
    return made;
  };
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

/** What the engines need is loaded where one is configured. */
async function votersOf({ voters, servers }: Config): Promise<Voters> {
  return voters.length === 0 ? NO_VOTERS : (await import("./voters/open.ts")).openVoters(voters, servers);
}

/**
 * The only place that constructs back ends. In `enforce` it rejects where the store cannot be opened; it rejects with
 * Problems where voters cannot be made ready.
 */
export async function construct(parts: Parts): Promise<Running> {
  const { config, policy, log, version, reach, follows, adapt = (each) => each } = parts;
  const voters = await votersOf(config);
  const store = await storeOf(config, log).catch(async (error: unknown) => {
    await voters.close();
    throw error;
  });
  const ticks = (): number => performance.now();
  const now = (): number => Date.now();
  const catalogue = new Catalogue(ticks);
  // What one way to a server needs is not loaded for another.
  const { openUpstream } =
    reach === undefined ? await import("./upstream/upstream.ts") : { openUpstream: reach };
  const check =
    config.mode === "observe" ? UNCHECKED : await (await import("./stages/schema.ts")).schemaCheck();
  const confines = await confinesOf(config);
  const inForceOf = dressing(({ policy: version, ...rest }) => {
    const adapted = adapt(version);
    const sight = sightOf(adapted, catalogue, config.mode);
    return { ...rest, policy: adapted, order: order({ ...sight, check, confines }) };
  });
  const unchanging: Reign = { policy };
  const follower = await followerOf(store, config, follows, { log, now }).catch(async (error: unknown) => {
    await Promise.all([voters.close(), store.close()]);
    throw error;
  });
  const counters = await openCounters(config, log);
  const grants = config.mode === "observe" ? NO_GRANTS : await followGrants(store, now, log);
  let base = config.public_url;
  const questions = pages(
    () => gateSecret(config),
    () => base,
  );
  const notices = openNotices(config, {
    store,
    servers: () => [...gate.servers.values()].map(({ upstream }) => upstream.status()),
    // Where nobody signs in, the link is all that there is to decide with; such a gate is reached from this machine only.
    pageOf: (tenant, id, until) =>
      questions.urlOf(config.auth.mode === "none" ? "decide" : "see", tenant, id, until),
    log,
    now,
  });
  const gate: Gate = {
    mode: config.mode,
    limits: config.limits,
    bounds: { bytes: config.limits.body_bytes, depth: config.limits.depth },
    servers: new Map(
      config.servers.map((server) => [server.name, { server, upstream: openUpstream(server, { log, now }) }]),
    ),
    ...inForceOf(unchanging),
    inForce:
      follower === undefined
        ? () => inForceOf(unchanging)
        : (principal) => inForceOf(follower.reigns(principal)),
    voters,
    journal: journal(store, { mode: config.mode, detail: config.audit.detail, log, counters }),
    desk: desk(store, now, approvalId),
    grants,
    pageOf: (tenant, id, until) => questions.urlOf("see", tenant, id, until),
    alerts: notices,
    catalogue,
    tasks: tasks(store, now),
    heldTasks: new Map(),
    returns: returns(() => gateSecret(config)),
    log,
    version,
    now,
    ticks,
    newCallId: callId,
  };
  const expiry = config.mode === "enforce" ? expiring(store, now, log) : undefined;
  const addresses = addressesOf(gate, separateOf(config));
  const identity = await openIdentity(config, { credentials: store.credentials, log, now, ticks });
  return {
    gate,
    store,
    identity,
    addressOf: (name) => addresses.get(name),
    following: () => follower?.status(),
    counting: () => counters?.trouble() ?? "ok",
    pages: questions,
    reachedAt(url) {
      base ??= url;
    },
    async close() {
      await grants.close();
      await expiry?.close();
      await follower?.close();
      await identity.close();
      await Promise.all([...gate.servers.values()].map(({ upstream }) => upstream.close()));
      await voters.close();
      await counters?.close();
      await notices.close();
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
  const { openBeside } = await import("./admin/open.ts");
  const separate = separateOf(config);
  return httpDoor({
    gate: running.gate,
    door: config,
    health: {
      version: running.gate.version,
      ready: () => running.store.check(),
      parts: () => ({
        policy: running.following() ?? null,
        voters: running.gate.voters.health(),
        limits: running.counting(),
      }),
    },
    addressOf({ server }, name) {
      if (server === undefined) return separate.has(name) ? undefined : running.addressOf(name);
      return name === "" || name === server ? running.addressOf(server) : undefined;
    },
    identity: running.identity,
    beside: openBeside(running, config),
    tls: (await import("./ingress/secrets.ts")).secretsOf(config),
  });
}
