import { expiring } from "./approval/expiry.ts";
import { followGrants, NO_GRANTS } from "./approval/grants.ts";
import { type Pages, pages } from "./approval/pages.ts";
import { type Evidence, openEvidence } from "./audit/log/evidence.ts";
import { type Keeper, openKeeper } from "./audit/log/keeper.ts";
import { startActs } from "./audit/log/start-acts.ts";
import type { LogState } from "./audit/log/state.ts";
import { sinksOf } from "./audit/sink/open.ts";
import type { RunningSinks } from "./audit/sink/sinks.ts";
import type { Principal, TenantId } from "./call/principal.ts";
import { openCounters } from "./cluster/open.ts";
import type { Config, Server } from "./config/config.ts";
import { separateOf } from "./config/exposure.ts";
import { gateSecret } from "./config/secret.ts";
import type { Outsider } from "./detect/outsider.ts";
import type { Address } from "./gateway/addresses/address.ts";
import type { Gate } from "./gateway/gate.ts";
import { healthOf } from "./gateway/health.ts";
import { inForceUnder } from "./gateway/in-force.ts";
import { Catalogue } from "./gateway/lists/catalogue.ts";
import { guardState, openGuards } from "./gateway/open-guards.ts";
import { rootGate } from "./gateway/root-gate.ts";
import { openTenantGates, openTenants } from "./gateway/tenants/gates.ts";
import { openCredentials } from "./gateway/ways/credentials.ts";
import { openWays } from "./gateway/ways/ways.ts";
import type { Identity } from "./identity/identity.ts";
import { openIdentity } from "./identity/open.ts";
import type { HttpDoor } from "./ingress/http.ts";
import { openNotices } from "./notify/notices.ts";
import { pluginsOf } from "./plugin/plugins.ts";
import type { Policy } from "./policy/policy.ts";
import { openRecords } from "./privacy/open.ts";
import type { Following } from "./rollout/follow.ts";
import { type Follows, openFollower } from "./rollout/open.ts";
import type { Reign } from "./rollout/reign.ts";
import { storeOrAbsent } from "./store/absent.ts";
import type { Store } from "./store/store.ts";
import type { Log } from "./telemetry/log.ts";
import type { Tenancy } from "./tenancy/tenancy.ts";
import type { Upstream } from "./upstream/leg.ts";
import { votersOf } from "./voters/voters.ts";

/** A gate with everything it stands on. */
export interface Running {
  readonly gate: Gate;
  readonly store: Store;
  readonly identity: Identity;
  /** The pages of questions to people. */
  readonly pages: Pages;
  /** `` is all servers that are not separate; of those that there are for a tenant, where it is named. */
  readonly addressOf: (name: string, tenant?: TenantId) => Address | undefined;
  /** Undefined where nobody but `default` calls. */
  readonly tenancy: Tenancy | undefined;
  /** What policy is followed; undefined where it is the same for as long as the gate runs. */
  readonly following: () => Following | undefined;
  /** Why limits cannot be counted now, or `ok`. */
  readonly counting: () => string;
  /** What is proved from. */
  readonly evidence: Evidence;
  /** How the log over what is on record is. */
  readonly logState: () => LogState;
  /** How the sinks are; undefined where there is none. */
  readonly sinkStates: RunningSinks["states"] | undefined;
  /** Guards that are not built in. */
  readonly outsiders: readonly Outsider[];
  /** Takes everything down, the last first: what stands on something is gone before that is. */
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
  /** It only judges, and answers nobody: that it runs is not written down. */
  readonly judges?: true;
  /** The way to a server where it is not the usual one. */
  readonly reach?: (server: Server) => Upstream;
}

/** Wall clock, ms. */
const now = (): number => Date.now();
/** Monotonic ms. */
const ticks = (): number => performance.now();

/** How parts are closed: each is left with `opened`. */
function closingIn(opened: AsyncDisposableStack) {
  return <T extends { close(): Promise<void> } | undefined>(part: T): T => {
    opened.defer(async () => await part?.close());
    return part;
  };
}
type Closing = ReturnType<typeof closingIn>;

/** What is kept, the log over it, and what of it decides. */
async function openRecord(parts: Parts, closing: Closing) {
  const { config, policy, log, version, follows } = parts;
  const { mode } = config;
  let keeper: Keeper | undefined;
  closing({ close: async () => await keeper?.close() }); // after the store: what it writes last is in the log too
  const store = closing(await storeOrAbsent(config, openRecords, log));
  keeper = openKeeper(config, {
    log,
    now,
    begun: (made) => {
      const told = parts.judges === true ? { ...config, file: undefined } : config;
      return startActs(store, { config: told, policy, version, now }, made);
    },
  });
  const counters = closing(await openCounters(config, log));
  const follower = closing(await openFollower(config, follows, { policies: store.policies, log, now }));
  const grants = closing(mode === "observe" ? NO_GRANTS : await followGrants(store, now, log));
  return { store, keeper, counters, follower, grants };
}

/** Who asks, and who is asked and told. */
async function openPeople(
  { config, log, version }: Parts,
  { store, keeper }: Awaited<ReturnType<typeof openRecord>>,
  upstreams: readonly Upstream[],
  closing: Closing,
) {
  const { auth, mode } = config;
  const secret = () => gateSecret(config);
  const questions = pages(secret, config.public_url);
  const notices = closing(
    openNotices(config, {
      store,
      servers: () => upstreams.map((each) => each.status()),
      logTrouble() {
        const { state } = keeper.state();
        return state === "ok" ? undefined : state;
      },
      // Where nobody signs in, the link is all that there is to decide with; such a gate is reached from this machine only.
      pageOf: (...about) => questions.urlOf(auth.mode === "none" ? "decide" : "see", ...about),
      log,
      now,
    }),
  );
  if (mode === "enforce") closing(expiring(store, now, log));
  const sinks = closing(await sinksOf(config, { store, source: { version }, log, now }));
  const tenancy = closing(await openTenants(config, store, log));
  const admits = tenancy?.admits;
  const identity = closing(await openIdentity(config, { store, admits, secret, log, now, ticks }));
  return { secret, questions, notices, sinks, tenancy, identity };
}

/** Opens what a gate stands on, from the ground up, and leaves with `opened` how each is closed. */
async function open(parts: Parts, opened: AsyncDisposableStack): Promise<Running> {
  const { config, policy, log, version, follows, adapt = (each) => each } = parts;
  const closing = closingIn(opened);

  const voters = closing(await votersOf(config));
  const record = await openRecord(parts, closing);
  const { store, keeper, counters, follower, grants } = record;
  const secretOf = (tenant: string, name: string) => store.forTenant(tenant).secrets.get(name);
  const credentials = closing(await openCredentials(config, { secretOf, now, ticks }));
  const ways = closing(await openWays(config, { credentials, reach: parts.reach, log, now }));
  const { reach, servers, upstreams } = ways;
  const people = await openPeople(parts, record, upstreams, closing);
  const { secret, questions, notices, sinks, tenancy, identity } = people;

  const catalogue = new Catalogue(ticks);
  const { outsiders } = closing(await pluginsOf(config, ticks));
  const wanted = { store, secret, log, now, ticks, outsiders, follows: follows !== undefined };
  const guarding = closing(await openGuards(config, policy, wanted));
  const inForceOf = await inForceUnder(config, catalogue, adapt, guarding);
  const first: Reign = { policy };
  const reigns = (principal: Principal): Reign => follower?.reigns(principal) ?? first;
  const root = rootGate(config, {
    ...inForceOf(first),
    inForce: (principal) => inForceOf(reigns(principal)),
    store,
    counters,
    secret,
    servers,
    voters,
    grants,
    pageOf: (...about) => questions.urlOf("see", ...about),
    alerts: notices,
    reveal: guarding?.reveal ?? (() => []),
    catalogue,
    log,
    version,
    now,
    ticks,
  });
  const { gate, addressOf } = closing(
    await openTenantGates({ root, config, tenancy, follows, inForceOf, reigns, first, reach }),
  );
  return {
    gate,
    store,
    identity,
    pages: questions,
    addressOf,
    tenancy,
    following: () => follower?.status(),
    counting: () => counters?.trouble() ?? "ok",
    logState: keeper.state,
    evidence: closing(openEvidence(config)),
    sinkStates: sinks?.states,
    outsiders,
    close: () => opened.disposeAsync(),
  };
}

/**
 * The only place that constructs back ends. In `enforce` it rejects where the store cannot be opened; it rejects with
 * Problems where voters cannot be made ready. What was opened until then is closed.
 */
export async function construct(parts: Parts): Promise<Running> {
  const opened = new AsyncDisposableStack();
  try {
    return await open(parts, opened);
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

/** The HTTP door of a running gate. */
export async function openHttp(running: Running, config: Config): Promise<HttpDoor> {
  const { httpDoor } = await import("./ingress/http.ts");
  const { secretsOf } = await import("./ingress/secrets.ts");
  const { openBeside } = await import("./admin/open.ts");
  const { gate, identity, addressOf } = running;
  const separate = separateOf(config.listen);
  return httpDoor({
    gate,
    door: config,
    health: healthOf(running, () => guardState(config, running.outsiders)),
    addressOf({ server }, name, { tenant }) {
      if (server === undefined) return separate.has(name) ? undefined : addressOf(name, tenant);
      return name === "" || name === server ? addressOf(server, tenant) : undefined;
    },
    tenants: running.tenancy,
    identity,
    beside: openBeside(running, config),
    tls: secretsOf(config),
  });
}
