import type { Fault, FaultCode } from "../call/fault.ts";
import type { Instant } from "../call/id.ts";
import type { TenantId } from "../call/principal.ts";
import type { HttpServer } from "../config/config.ts";
import { carrier } from "./credential/carrying.ts";
import type { Badge, Whom } from "./credential/credential.ts";
import type { PooledLeg } from "./crowd.ts";
import { SESSION_EXPIRED, wordsOf } from "./failure.ts";
import { HttpLeg } from "./http.ts";
import { openPools } from "./pools.ts";
import { type Rest, rest, SERVER_REST } from "./rest.ts";
import { fallingBack, olderVerdict } from "./sse/fallback.ts";
import { openSse } from "./sse/leg.ts";
import { ANSWERED, barredBy, pipeWay, type Way, type WayPorts } from "./way.ts";

/** What who calls may bring about, by what they call: it says of the server what it is for them. */
const PROVOKED: ReadonlySet<FaultCode> = new Set(["upstream-timeout", "upstream-gone"]);
const TENANTS_MOST = 1_000;

/** For whom alone a server rests: tenants whose calls it does not answer. */
function ownRests() {
  const rests = new Map<TenantId, Rest>();
  const tenantOf = (whom: Whom | undefined): TenantId => whom?.principal.tenant ?? "";
  return {
    of: (whom: Whom | undefined): Rest | undefined => rests.get(tenantOf(whom)),
    worked: (whom: Whom | undefined): void => void rests.delete(tenantOf(whom)),
    failed(whom: Whom | undefined): void {
      const tenant = tenantOf(whom);
      const by = rests.get(tenant) ?? rest(SERVER_REST);
      by.failed();
      rests.delete(tenant);
      rests.set(tenant, by);
      const [oldest] = rests.keys();
      if (rests.size > TENANTS_MOST && oldest !== undefined) rests.delete(oldest);
    },
  };
}

/** How requests to a server fare, and whether it is left alone: by everybody, or by the tenant whose calls it does not answer. */
function faring(server: HttpServer, { log, health, doubt }: Pick<WayPorts, "log" | "health" | "doubt">) {
  const own = ownRests();
  const fared = (fault: Fault | undefined, whom: Whom | undefined): void => {
    if (fault === undefined) {
      if (health.rest.failures > 0) log.info({ server: server.name }, "server is back");
      health.failing = false;
      health.worked = true;
      own.worked(whom);
      return health.rest.worked();
    }
    const undecided = (): void => {
      own.of(whom)?.undecided();
      health.rest.undecided();
    };
    if (fault.code === "cancelled" || fault.detail === SESSION_EXPIRED) return undecided();
    health.last_error = wordsOf(fault);
    log.warn({ server: server.name, code: fault.code, why: fault.detail }, "request failed");
    if (ANSWERED.has(fault.code)) return undecided();
    health.failing = true;
    doubt();
    if (!PROVOKED.has(fault.code)) {
      own.of(whom)?.undecided();
      return health.rest.failed();
    }
    health.rest.undecided();
    return own.failed(whom);
  };
  const barred = (whom: Whom | undefined): Fault | undefined => {
    const [mine, what] = [own.of(whom), "failed"];
    const by = mine && barredBy(server.name, mine, what);
    if (by !== undefined) return by;
    const all = barredBy(server.name, health.rest, what);
    if (all !== undefined) mine?.undecided();
    return all;
  };
  return { fared, barred };
}

/** The way to a server of Streamable HTTP, or of HTTP+SSE where it turns out that it has only that. */
export function httpWay(server: HttpServer, ports: WayPorts, now: () => Instant): Way {
  const { log, credential, health, closing } = ports;
  const pools = openPools(server);
  const older = olderVerdict(now);
  const { fared, barred } = faring(server, ports);
  const sse = { pools, log, closing };
  const again = pipeWay(server.name, "could not be reached", ports, (era, gone, badge) =>
    openSse(server, era, { ...sse, badge }, gone),
  );
  /** It is the first to find out that there is one, so that there is none says nothing of the server. */
  const find = async (badge: Badge): Promise<PooledLeg | undefined> => {
    try {
      const leg = await openSse(server, "legacy", { ...sse, badge }, (how, unasked) => {
        if (unasked) health.last_error = how;
      });
      older.found();
      health.last_error = undefined;
      log.info({ server: server.name }, "server has HTTP+SSE of 2024-11-05 only, and is spoken to so");
      return leg;
    } catch (error) {
      log.debug({ server: server.name, why: wordsOf(error) }, "server has no HTTP+SSE either");
      return undefined;
    }
  };
  const fresh = (era: "legacy" | "modern", badge: Badge, whom: Whom | undefined): HttpLeg =>
    new HttpLeg(server, era, {
      pools,
      badge,
      log,
      fared: (fault) => fared(fault, whom),
      barred: () => barred(whom),
    });
  const modern = (whom: Whom | undefined, by: Whom | undefined): PooledLeg => {
    const { badge, over } = carrier(credential, whom);
    return over(fresh("modern", badge, by));
  };
  return {
    async open(key, era, whom) {
      if (era === "modern") return modern(whom, whom);
      if (older.since === undefined) {
        const { badge, over } = carrier(credential, whom);
        return over(fallingBack(fresh(era, badge, whom), () => find(badge)));
      }
      try {
        return await again.open(key, era, whom);
      } catch (error) {
        // It may have been replaced by one that has the newer transport.
        older.doubt();
        throw error;
      }
    },
    // What the server speaks is found out for all, though in somebody's name.
    sibling: (whom) => Promise.resolve(modern(whom, undefined)),
    older_since: () => older.since,
    close: pools.close,
  };
}
