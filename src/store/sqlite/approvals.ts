import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import {
  type Act,
  type Approval,
  type Approvals,
  approvalsOf,
  ENDED,
  type Matter,
  MAX_APPROVALS,
  questionRow,
} from "../approvals.ts";
import { sqlitePut } from "./outbox.ts";

const QUOTED = ENDED.map((state) => `'${state}'`).join(", ");
/** Nobody has ended the question `a`. */
const OPEN = `not exists (select 1 from approval_acts e
  where e.tenant = a.tenant and e.id = a.id and e.state in (${QUOTED}))`;

function actInserter(db: DatabaseSync) {
  const insert = db.prepare(
    "insert or ignore into approval_acts (tenant, id, seq, state, act) values (?, ?, ?, ?, ?)",
  );
  return (tenant: TenantId, id: string, act: Act): boolean =>
    Number(insert.run(tenant, id, act.seq, act.state, JSON.stringify(act)).changes) === 1;
}

/** What calls bring to the writing thread's transaction: whether it could be done. */
export function sqliteMatters(db: DatabaseSync): (tenant: TenantId, at: Instant, matter: Matter) => boolean {
  const act = actInserter(db);
  const post = sqlitePut(db);
  const open = db.prepare(
    `select 1 from approvals a where tenant = ? and subject = ? and binding = ? and expires > ? and ${OPEN} limit 1`,
  );
  const ask = db.prepare(
    `insert into approvals (tenant, id, at, expires, principal, server, target, subject, binding, question)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (tenant, at, matter) => {
    if (matter.kind === "use") return act(tenant, matter.id, matter.act);
    const { question, letters } = matter;
    if (open.get(tenant, question.subject, question.binding, at) !== undefined) return false;
    ask.run(...Object.values(questionRow(tenant, question)));
    post(letters);
    return true;
  };
}

/** A tenant's questions in a SQLite file. Acts of people are rare and single statements, so by the connection that reads. */
export function sqliteApprovals(db: DatabaseSync): (tenant: TenantId) => Approvals {
  const act = actInserter(db);
  const settled = sqliteMatters(db);
  const columns = "select id, question from approvals a where tenant = ?";
  const get = db.prepare(`${columns} and id = ?`);
  const about = db.prepare(`${columns} and subject = ? order by id desc limit ?`);
  const list = db.prepare(
    `${columns} and (?2 is null or (expires > ?2 and ${OPEN})) and (?3 is null or principal = ?3)
     and (?4 is null or server = ?4) and (?5 is null or target = ?5) and (?6 is null or id < ?6)
     order by id desc limit ?7`,
  );
  const acts = db.prepare(
    `select id, act from approval_acts where tenant = ? and id in (select value from json_each(?)) order by id, seq`,
  );
  const whole = (tenant: TenantId, rows: readonly unknown[]): readonly Approval[] => {
    const questions = rows as readonly { readonly id: string; readonly question: string }[];
    const ids = JSON.stringify(questions.map(({ id }) => id));
    return approvalsOf(questions, acts.all(tenant, ids) as unknown as { id: string; act: string }[]);
  };
  return (tenant) => ({
    get: async (id) => whole(tenant, get.all(tenant, id))[0],
    about: async (subject, limit) =>
      whole(tenant, about.all(tenant, subject, Math.min(limit, MAX_APPROVALS))),
    async list({ open, principal, server, target, before, limit }) {
      const by = [open, principal, server, target, before].map((each) => each ?? null);
      return whole(tenant, list.all(tenant, ...by, Math.min(limit, MAX_APPROVALS)));
    },
    async ask(question, letters) {
      db.exec("begin immediate");
      try {
        const asked = settled(tenant, question.at, { kind: "ask", question, letters });
        db.exec("commit");
        return asked;
      } catch (error) {
        if (db.isTransaction) db.exec("rollback");
        throw error;
      }
    },
    act: async (id, done) => act(tenant, id, done),
  });
}
