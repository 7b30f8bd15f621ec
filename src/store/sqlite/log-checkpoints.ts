import type { DatabaseSync } from "node:sqlite";
import type { TenantId } from "../../call/principal.ts";
import { type AnchorState, type Cosigned, type LogTables, MAX_LEAVES, type Signed } from "../log.ts";

type CheckpointTables = Pick<
  LogTables,
  "checkpoints" | "signers" | "checkpoint" | "sign" | "cosignatures" | "cosign" | "anchors" | "anchored"
>;

/** What is signed of the log in a SQLite file, and who has it. */
export function checkpointTables(db: DatabaseSync): CheckpointTables {
  const all = db.prepare("select * from log_checkpoints where tenant = ? and size > ? order by size limit ?");
  const last = db.prepare("select * from log_checkpoints where tenant = ? order by size desc limit 1");
  const signers = db.prepare("select distinct tenant from log_checkpoints order by tenant");
  const sign = db.prepare(
    "insert or ignore into log_checkpoints (tenant, size, at, note) values (?, ?, ?, ?)",
  );
  const cosigned = db.prepare(
    "select size, witness, at, line from log_cosignatures where tenant = ? and size = ? order by witness",
  );
  const cosign = db.prepare(
    "insert or ignore into log_cosignatures (tenant, size, witness, at, line) values (?, ?, ?, ?, ?)",
  );
  const anchors = db.prepare(
    "select tenant, anchor, size, at, trouble from log_anchors order by tenant, anchor",
  );
  const anchored = db.prepare(
    `insert into log_anchors (tenant, anchor, size, at, trouble) values (?1, ?2, ?3, ?4, ?5)
     on conflict (tenant, anchor) do update set size = ?3, at = ?4, trouble = ?5`,
  );
  return {
    checkpoints: async (tenant: TenantId, after: number, limit: number) =>
      all.all(tenant, after, Math.min(limit, MAX_LEAVES)) as unknown as readonly Signed[],
    signers: async () => signers.all().map(({ tenant }) => String(tenant)),
    checkpoint: async (tenant: TenantId) => last.get(tenant) as unknown as Signed | undefined,
    async sign({ tenant, size, at, note }: Signed) {
      // What is signed may be shown to anybody, so neither it nor a leaf under it may be lost any more.
      db.exec("pragma synchronous = full");
      try {
        return Number(sign.run(tenant, size, at, note).changes) === 1;
      } finally {
        db.exec("pragma synchronous = normal");
      }
    },
    cosignatures: async (tenant: TenantId, size: number) =>
      cosigned.all(tenant, size) as unknown as readonly Cosigned[],
    cosign: async (tenant: TenantId, { size, witness, at, line }: Cosigned) =>
      void cosign.run(tenant, size, witness, at, line),
    anchors: async () => anchors.all() as unknown as readonly AnchorState[],
    anchored: async ({ tenant, anchor, size, at, trouble }: AnchorState) =>
      void anchored.run(tenant, anchor, size, at, trouble),
  };
}
