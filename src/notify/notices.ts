import type { Instant } from "../call/id.ts";
import type { Config } from "../config/config.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import type { Mailroom } from "./mailroom.ts";
import { mailroomLater } from "./later.ts";
import type { PageOf } from "./send.ts";
import { watch, type Watched } from "./watch.ts";

/** What a gate's mailroom stands on. */
export interface NoticesPorts {
  readonly store: Pick<Store, "outbox" | "policies">;
  /** How the servers are. */
  readonly servers: Watched["servers"];
  readonly logTrouble: Watched["logTrouble"];
  readonly pageOf: PageOf | undefined;
  readonly log: Pick<Log, "warn" | "error">;
  readonly now: () => Instant;
}

/**
 * Where people and other systems are told, of a whole gate: opened when there is something to tell, or soon, where somebody
 * wrote a configuration, for what other processes put into the outbox.
 */
export function openNotices(
  { file, notifications, outbound }: Pick<Config, "file" | "notifications" | "outbound">,
  { store, servers, logTrouble, pageOf, log, now }: NoticesPorts,
): Mailroom {
  const { alerts } = notifications;
  const load = async (): Promise<Mailroom> => {
    const { openMailroom } = await import("./mailroom.ts");
    const { openOutbound } = await import("../outbound/outbound.ts");
    const ports = { outbox: store.outbox, outbound: openOutbound(outbound.allow), log, now, pageOf };
    return openMailroom(notifications, ports);
  };
  const mailroom = mailroomLater(load, file !== undefined, alerts.length > 0, (reason) =>
    log.error({ err: reason }, "nobody can be told of anything now"),
  );
  const watched = { servers, logTrouble, changes: (limit: number) => store.policies.changes(limit) };
  const watching = watch(alerts, watched, mailroom.happened, log);
  return {
    ...mailroom,
    async close() {
      await watching?.close();
      await mailroom.close();
    },
  };
}
