import { DatabaseSync } from "node:sqlite";
import type { TenantId } from "../../call/principal.ts";
import { shortWhy, type SinkRow, type Sinks, sunkOf } from "../sinks.ts";
import { BLOCKING_MS, patiently } from "./patience.ts";

/** Sinks in a SQLite file, on a connection of its own. Where the power is lost, a sink goes back a little and sends again. */
export function sqliteSinks(path: string): {
  readonly of: (tenant: TenantId) => Sinks;
  readonly close: () => void;
} {
  const db = new DatabaseSync(path, { timeout: BLOCKING_MS });
  db.exec("pragma synchronous = normal");
  const hold = db.prepare(
    `insert into sinks (tenant, sink, position, acts, holder, held_until, sent, refused, at, why)
     values (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?7, '')
     on conflict (tenant, sink) do update set holder = ?5, held_until = ?6 where holder = ?5 or held_until <= ?7
     returning *`,
  );
  const move = db.prepare(
    `update sinks set position = ?4, acts = ?5, sent = ?6, refused = ?7, at = ?8, why = ?9, held_until = ?10
     where tenant = ?1 and sink = ?2 and holder = ?3`,
  );
  const release = db.prepare("update sinks set held_until = 0 where tenant = ? and sink = ? and holder = ?");
  const one = db.prepare("select * from sinks where tenant = ? and sink = ?");
  const sunk = (row: unknown) => (row === undefined ? undefined : sunkOf(row as SinkRow));
  return {
    of: (tenant) => ({
      hold: ({ sink, holder, until }, now, first) =>
        patiently(() => sunk(hold.get(tenant, sink, first.position, first.acts, holder, until, now))),
      move: ({ sink, holder, until }, { position, acts, sent, refused, at, why }) =>
        patiently(() => {
          const to = [position, acts, sent, refused, at, shortWhy(why), until] as const;
          return Number(move.run(tenant, sink, holder, ...to).changes) === 1;
        }),
      release: (sink, holder) => patiently(() => void release.run(tenant, sink, holder)),
      get: async (sink) => sunk(one.get(tenant, sink)),
    }),
    close: () => db.close(),
  };
}
