import type { DatabaseSync } from "node:sqlite";
import type { TenantId } from "../../call/principal.ts";
import {
  ACT_COLUMNS,
  actCells,
  actionPattern,
  actRecord,
  type ActRow,
  type Acts,
  MAX_ACTS,
} from "../acts.ts";
import { JournalUnavailable } from "../unavailable.ts";
import { obstacleOf } from "./obstacle.ts";

/** Acts in a SQLite file. Written rarely and in single statements, so by the connection that reads. */
export function sqliteActs(db: DatabaseSync): (tenant: TenantId) => Acts {
  const insert = db.prepare(
    `insert into acts (${ACT_COLUMNS.join(", ")}) values (${ACT_COLUMNS.map(() => "?").join(", ")})`,
  );
  const chosen = String.raw`select * from acts where tenant = ?1 and (?2 is null or action like ?2 escape '\') and (?3 is null or at >= ?3)`;
  const newest = db.prepare(`${chosen} order by seq desc limit ?4`);
  const after = db.prepare(`${chosen} and seq > ?5 order by seq limit ?4`);
  const within = String.raw`select * from acts where tenant = ?1 and (?2 is null or action like ?2 escape '\')
    and (?3 is null or at >= ?3) and (?4 is null or at < ?4)`;
  const newer = db.prepare(`${within} and (?5 is null or id < ?5) order by id desc limit ?6`);
  const older = db.prepare(`${within} and (?5 is null or id > ?5) order by id limit ?6`);
  return (tenant) => ({
    async write(act) {
      const cells = actCells(tenant, act);
      try {
        insert.run(...cells);
      } catch (error) {
        const obstacle = obstacleOf(error);
        if (obstacle === "row") throw error;
        const message = error instanceof Error ? error.message : String(error);
        throw new JournalUnavailable(obstacle, `What was done cannot be written down: ${message}.`, error);
      }
    },
    async list({ action, since, after: from, limit }) {
      const by = [tenant, actionPattern(action), since ?? null, Math.min(limit, MAX_ACTS)] as const;
      const rows = from === undefined ? newest.all(...by).reverse() : after.all(...by, from);
      return (rows as unknown as readonly ActRow[]).map(actRecord);
    },
    async find({ action, since, until, order, beyond, limit }) {
      const by = [actionPattern(action), since ?? null, until ?? null, beyond ?? null] as const;
      const rows = (order === "newest" ? newer : older).all(tenant, ...by, Math.min(limit, MAX_ACTS));
      return (rows as unknown as readonly ActRow[]).map(actRecord);
    },
  });
}
