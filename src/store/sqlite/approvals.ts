import type { DatabaseSync } from "node:sqlite";
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
import { sqlitePut } from "./outbox.ts";

/** Nobody has ended the question `a`. */
const OPEN = `not exists (select 1 from approval_acts e
  where e.tenant = a.tenant and e.id = a.id and e.state in (${ENDED_SQL}))`;

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
    `insert into approvals (tenant, id, at, expires, principal, server, target, subject, binding, kind, question)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  return (tenant, at, matter) => {
    if (matter.kind === "use") return act(tenant, matter.id, matter.act);
    const { question, letters } = matter;
    if (open.get(tenant, question.subject, question.binding, at) !== undefined) return false;
    ask.run(...Object.values(questionRow(tenant, question)));
    post(letters);
    if (matter.act !== undefined) act(tenant, question.id, matter.act);
    return true;
  };
}

/** Questions in a SQLite file. Acts of people are rare and single statements, so by the connection that reads. */
export function sqliteApprovals(db: DatabaseSync): AllApprovals {
  const act = actInserter(db);
  const settled = sqliteMatters(db);
  const columns = "select tenant, id, question from approvals a where tenant = ?";
  const overdue = db.prepare(
    `select tenant, id, question from approvals a where expires <= ? and (expires, id) > (?, ?) and ${OPEN}
     order by expires, id limit ?`,
  );
  const sought = db.prepare(
    `select tenant, id, question from approvals a where kind <> 'call' and (at >= ? or kind = 'break_glass') and ${OPEN}
     order by kind = 'break_glass' desc, at desc limit ?`,
  );
  const get = db.prepare(`${columns} and id = ?`);
  const about = db.prepare(`${columns} and subject = ? order by id desc limit ?`);
  const exactly = db.prepare(
    `${columns} and subject = ? and binding in (select value from json_each(?)) order by id desc limit ?`,
  );
  const list = db.prepare(
    `${columns} and (?2 is null or (expires > ?2 and ${OPEN})) and (?3 is null or principal = ?3)
     and (?4 is null or server = ?4) and (?5 is null or target = ?5) and (?6 is null or id < ?6)
     order by id desc limit ?7`,
  );
  const acts = db.prepare(
    `select id, act from approval_acts
     where (tenant, id) in (select value ->> 0, value ->> 1 from json_each(?)) order by id, seq`,
  );
  const owned = (rows: readonly unknown[]): readonly Owned[] => {
    const questions = rows as readonly QuestionText[];
    const keys = JSON.stringify(questions.map((each) => [each.tenant, each.id]));
    return approvalsOf(questions, acts.all(keys) as unknown as readonly ActText[]);
  };
  const whole = (rows: readonly unknown[]): readonly Approval[] =>
    owned(rows).map(({ approval }) => approval);
  const of = (tenant: TenantId): Approvals => ({
    get: async (id) => whole(get.all(tenant, id))[0],
    async about(subject, limit, _, bindings) {
      const most = Math.min(limit, MAX_APPROVALS);
      if (bindings === undefined) return whole(about.all(tenant, subject, most));
      return whole(exactly.all(tenant, subject, JSON.stringify(bindings), most));
    },
    async list({ open, principal, server, target, before, limit }) {
      const by = [open, principal, server, target, before].map((each) => each ?? null);
      return whole(list.all(tenant, ...by, Math.min(limit, MAX_APPROVALS)));
    },
    async ask(question, letters, done) {
      db.exec("begin immediate");
      try {
        const asked = settled(tenant, question.at, {
          kind: "ask",
          question,
          letters,
          ...(done !== undefined && { act: done }),
        });
        db.exec("commit");
        return asked;
      } catch (error) {
        if (db.isTransaction) db.exec("rollback");
        throw error;
      }
    },
    act: async (id, done) => act(tenant, id, done),
  });
  return {
    of,
    overdue: async (now, limit, { expires, id }) =>
      owned(overdue.all(now, expires, id, Math.min(limit, MAX_APPROVALS))),
    sought: async (since, limit) => owned(sought.all(since, Math.min(limit, MAX_SOUGHT))),
  };
}
