import type { Pool, PoolClient } from "pg";
import type { Instant } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import {
  type Act,
  type ActText,
  type AllApprovals,
  type Approval,
  type Approvals,
  approvalsOf,
  ENDED_SQL,
  type Matter,
  MAX_APPROVALS,
  MAX_SOUGHT,
  type Owned,
  type QuestionText,
  questionRow,
} from "../approvals.ts";
import { postgresPut } from "./outbox.ts";

/** Nobody has ended the question `a`. */
const OPEN = `not exists (select 1 from portcullis.approval_acts e
  where e.tenant = a.tenant and e.id = a.id and e.state in (${ENDED_SQL}))`;

async function writeAct(
  on: Pick<PoolClient, "query">,
  tenant: TenantId,
  id: string,
  act: Act,
): Promise<boolean> {
  const text = `insert into portcullis.approval_acts (tenant, id, seq, state, act) values ($1, $2, $3, $4, $5)
    on conflict (tenant, id, seq) do nothing`;
  const { rowCount } = await on.query(text, [tenant, id, act.seq, act.state, JSON.stringify(act)]);
  return rowCount === 1;
}

/** What a call brings to the transaction that writes its opening: whether it could be done. */
export async function settleMatter(
  client: PoolClient,
  tenant: TenantId,
  at: Instant,
  matter: Matter,
): Promise<boolean> {
  if (matter.kind === "use") return await writeAct(client, tenant, matter.id, matter.act);
  const { question, letters } = matter;
  // Whoever asks the same at the same time waits here, and then finds it asked.
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 7036874417767))", [
    `${tenant}\n${question.binding}`,
  ]);
  const row = questionRow(tenant, question);
  const text = `insert into portcullis.approvals
      (tenant, id, at, expires, principal, server, target, subject, binding, kind, question)
    select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 where not exists (select 1 from portcullis.approvals a
      where tenant = $1 and subject = $8 and binding = $9 and expires > $12 and ${OPEN})`;
  const asked = (await client.query(text, [...Object.values(row), at])).rowCount === 1;
  if (asked) await postgresPut(client, letters);
  if (asked && matter.act !== undefined) await writeAct(client, tenant, question.id, matter.act);
  return asked;
}

/** Questions in PostgreSQL. */
export function postgresApprovals(pool: Pool): AllApprovals {
  const columns = "select tenant, id, question from portcullis.approvals a where tenant = $1";
  const owned = async (text: string, values: readonly unknown[]): Promise<readonly Owned[]> => {
    const { rows } = await pool.query<QuestionText>(text, [...values]);
    if (rows.length === 0) return [];
    const acts = await pool.query<ActText>(
      `select id, act from portcullis.approval_acts
       where (tenant, id) in (select * from unnest($1::text[], $2::text[])) order by id, seq`,
      [rows.map(({ tenant }) => tenant), rows.map(({ id }) => id)],
    );
    return approvalsOf(rows, acts.rows);
  };
  const whole = async (
    tenant: TenantId,
    text: string,
    values: readonly unknown[],
  ): Promise<readonly Approval[]> => (await owned(text, [tenant, ...values])).map(({ approval }) => approval);
  const of = (tenant: TenantId): Approvals => ({
    get: async (id) => (await whole(tenant, `${columns} and id = $2`, [id]))[0],
    about: (subject, limit, _, bindings) =>
      whole(
        tenant,
        `${columns} and subject = $2 and ($4::text[] is null or binding = any($4)) order by id desc limit $3`,
        [subject, Math.min(limit, MAX_APPROVALS), bindings ?? null],
      ),
    list: ({ open, principal, server, target, before, limit }) =>
      whole(
        tenant,
        `${columns} and ($2::bigint is null or (expires > $2 and ${OPEN})) and ($3::text is null or principal = $3)
         and ($4::text is null or server = $4) and ($5::text is null or target = $5) and ($6::text is null or id < $6)
         order by id desc limit $7`,
        [open, principal, server, target, before, Math.min(limit, MAX_APPROVALS)],
      ),
    async ask(question, letters, act) {
      const client = await pool.connect();
      try {
        await client.query("begin");
        const asked = await settleMatter(client, tenant, question.at, {
          kind: "ask",
          question,
          letters,
          ...(act !== undefined && { act }),
        });
        await client.query("commit");
        return asked;
      } catch (error) {
        await client.query("rollback").catch(() => {});
        throw error;
      } finally {
        client.release();
      }
    },
    act: (id, act) => writeAct(pool, tenant, id, act),
  });
  return {
    of,
    overdue: (now, limit, { expires, id }) =>
      owned(
        `select tenant, id, question from portcullis.approvals a
         where expires <= $1 and (expires, id) > ($2, $3) and ${OPEN} order by expires, id limit $4`,
        [now, expires, id, Math.min(limit, MAX_APPROVALS)],
      ),
    sought: (since, limit) =>
      owned(
        `select tenant, id, question from portcullis.approvals a where kind <> 'call' and (at >= $1 or kind = 'break_glass') and ${OPEN}
         order by (kind = 'break_glass') desc, at desc limit $2`,
        [since, Math.min(limit, MAX_SOUGHT)],
      ),
  };
}
