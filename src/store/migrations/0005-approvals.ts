import type { Migration } from "../migrate.ts";

/**
 * Questions to people, and what happened to each. Both are immutable; what a question is now is the state of its last act.
 * An act has a number, so that of two who act at once one finds its number taken.
 */
export const approvals: Migration = {
  name: "0005-approvals",
  sqlite: [
    `create table approvals (
      tenant text not null, id text not null, at integer not null, expires integer not null, principal text not null,
      server text not null, target text not null, subject text not null, binding text not null,
      kind text not null, question text not null, primary key (tenant, id)) strict, without rowid`,
    `create index approvals_subject on approvals (tenant, subject, id)`,
    `create index approvals_expires on approvals (expires)`,
    `create index approvals_sought on approvals (at) where kind <> 'call'`,
    `create table approval_acts (
      tenant text not null, id text not null, seq integer not null, state text not null, act text not null,
      primary key (tenant, id, seq)) strict, without rowid`,
    ...["approvals", "approval_acts"].flatMap((table) =>
      ["update", "delete"].map(
        (act) =>
          `create trigger ${table}_no_${act} before ${act} on ${table}
           begin select raise(abort, 'who approved what is immutable'); end`,
      ),
    ),
  ],
  postgres: [
    `create table portcullis.approvals (
      tenant text collate "C" not null, id text collate "C" not null, at bigint not null, expires bigint not null,
      principal text collate "C" not null, server text collate "C" not null, target text collate "C" not null,
      subject text not null, binding text not null, kind text not null, question text not null,
      primary key (tenant, id))`,
    `create index approvals_subject on portcullis.approvals (tenant, subject, id)`,
    `create index approvals_expires on portcullis.approvals (expires)`,
    `create index approvals_sought on portcullis.approvals (at) where kind <> 'call'`,
    `create table portcullis.approval_acts (
      tenant text collate "C" not null, id text collate "C" not null, seq integer not null, state text not null,
      act text not null, primary key (tenant, id, seq))`,
    ...["approvals", "approval_acts"].map(
      (table) =>
        `create trigger ${table}_immutable before update or delete or truncate on portcullis.${table}
         for each statement execute function portcullis.immutable()`,
    ),
  ],
};
