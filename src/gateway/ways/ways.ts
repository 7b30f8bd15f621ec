import type { Config, Server } from "../../config/config.ts";
import type { Upstream } from "../../upstream/leg.ts";
import type { Gate, Governed } from "../gate.ts";
import type { Credentials } from "./credentials.ts";

/** The ways to servers. */
interface Ways {
  readonly servers: ReadonlyMap<string, Governed>;
  readonly upstreams: readonly Upstream[];
  /** Opens another way to a server. */
  readonly reach: (server: Server) => Upstream;
  readonly close: () => Promise<void>;
}

interface WayParts extends Pick<Gate, "log" | "now"> {
  readonly credentials: Credentials;
  /** The way to a server where it is not the usual one. */
  readonly reach: Ways["reach"] | undefined;
}

/** Opens a way to each server. What the usual ones need is not loaded for another. */
export async function openWays(
  { servers: configured }: Pick<Config, "servers">,
  { credentials, reach: other, log, now }: WayParts,
): Promise<Ways> {
  const openUpstream = other ?? (await import("../../upstream/upstream.ts")).openUpstream;
  const reach = (server: Server): Upstream =>
    openUpstream(server, { log, now, credential: credentials.of(server) });
  const servers = new Map(configured.map((server) => [server.name, { server, upstream: reach(server) }]));
  const upstreams = [...servers.values()].map(({ upstream }) => upstream);
  return {
    servers,
    upstreams,
    reach,
    close: async () => void (await Promise.all(upstreams.map((each) => each.close()))),
  };
}
