import type { Fault } from "../call/fault.ts";
import type { Instant } from "../call/id.ts";
import type { HttpServer } from "../config/config.ts";
import { carrier } from "./credential/carrying.ts";
import type { Badge, Whom } from "./credential/credential.ts";
import type { PooledLeg } from "./crowd.ts";
import { SESSION_EXPIRED, wordsOf } from "./failure.ts";
import { HttpLeg } from "./http.ts";
import { openPools } from "./pools.ts";
import { fallingBack, olderVerdict } from "./sse/fallback.ts";
import { openSse } from "./sse/leg.ts";
import { ANSWERED, barredBy, pipeWay, type Way, type WayPorts } from "./way.ts";

/** The way to a server of Streamable HTTP, or of HTTP+SSE where it turns out that it has only that. */
export function httpWay(server: HttpServer, ports: WayPorts, now: () => Instant): Way {
  const { log, credential, health, doubt, closing } = ports;
  const pools = openPools(server);
  const older = olderVerdict(now);
  const fared = (fault: Fault | undefined): void => {
    if (fault === undefined) {
      if (health.rest.failures > 0) log.info({ server: server.name }, "server is back");
      health.failing = false;
      health.worked = true;
      return health.rest.worked();
    }
    if (fault.code === "cancelled" || fault.detail === SESSION_EXPIRED) return health.rest.undecided();
    health.last_error = wordsOf(fault);
    log.warn({ server: server.name, code: fault.code, why: fault.detail }, "request failed");
    if (ANSWERED.has(fault.code)) return health.rest.undecided();
    health.failing = true;
    doubt();
    return health.rest.failed();
  };
  const barred = (): Fault | undefined => barredBy(server.name, health.rest, "failed");
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
  const fresh = (era: "legacy" | "modern", badge: Badge): HttpLeg =>
    new HttpLeg(server, era, { pools, badge, log, fared, barred });
  const modern = (whom: Whom | undefined): PooledLeg => {
    const { badge, over } = carrier(credential, whom);
    return over(fresh("modern", badge));
  };
  return {
    async open(key, era, whom) {
      if (era === "modern") return modern(whom);
      if (older.since === undefined) {
        const { badge, over } = carrier(credential, whom);
        return over(fallingBack(fresh(era, badge), () => find(badge)));
      }
      try {
        return await again.open(key, era, whom);
      } catch (error) {
        // It may have been replaced by one that has the newer transport.
        older.doubt();
        throw error;
      }
    },
    sibling: (whom) => Promise.resolve(modern(whom)),
    older_since: () => older.since,
    close: pools.close,
  };
}
