import type { Pool } from "pg";
import type { TenantId } from "../../call/principal.ts";
import { type AnchorState, type Cosigned, type LogTables, MAX_LEAVES, type Signed } from "../log.ts";

type CheckpointTables = Pick<
  LogTables,
  "checkpoints" | "signers" | "checkpoint" | "sign" | "cosignatures" | "cosign" | "anchors" | "anchored"
>;

/** What is signed of the log in PostgreSQL, and who has it. */
export function checkpointTables(pool: Pool): CheckpointTables {
  return {
    async checkpoints(tenant: TenantId, after: number, limit: number) {
      const text =
        "select * from portcullis.log_checkpoints where tenant = $1 and size > $2 order by size limit $3";
      return (await pool.query<Signed>(text, [tenant, after, Math.min(limit, MAX_LEAVES)])).rows;
    },
    async signers() {
      const text = "select distinct tenant from portcullis.log_checkpoints order by tenant";
      return (await pool.query<{ tenant: string }>(text)).rows.map(({ tenant }) => tenant);
    },
    async checkpoint(tenant: TenantId) {
      const text = "select * from portcullis.log_checkpoints where tenant = $1 order by size desc limit 1";
      return (await pool.query<Signed>(text, [tenant])).rows[0];
    },
    async sign({ tenant, size, at, note }: Signed) {
      const text = `insert into portcullis.log_checkpoints (tenant, size, at, note) values ($1, $2, $3, $4)
        on conflict (tenant, size) do nothing`;
      return (await pool.query(text, [tenant, size, at, note])).rowCount === 1;
    },
    async cosignatures(tenant: TenantId, size: number) {
      const text = `select size, witness, at, line from portcullis.log_cosignatures
        where tenant = $1 and size = $2 order by witness`;
      return (await pool.query<Cosigned>(text, [tenant, size])).rows;
    },
    async cosign(tenant: TenantId, { size, witness, at, line }: Cosigned) {
      const text = `insert into portcullis.log_cosignatures (tenant, size, witness, at, line)
        values ($1, $2, $3, $4, $5) on conflict do nothing`;
      await pool.query(text, [tenant, size, witness, at, line]);
    },
    async anchors() {
      const text =
        "select tenant, anchor, size, at, trouble from portcullis.log_anchors order by tenant, anchor";
      return (await pool.query<AnchorState>(text)).rows;
    },
    async anchored({ tenant, anchor, size, at, trouble }: AnchorState) {
      const text = `insert into portcullis.log_anchors (tenant, anchor, size, at, trouble) values ($1, $2, $3, $4, $5)
        on conflict (tenant, anchor) do update set size = $3, at = $4, trouble = $5`;
      await pool.query(text, [tenant, anchor, size, at, trouble]);
    },
  };
}
