import type { Migration } from "../migrate.ts";

/** Rows that have no position of the journal: the log learns of them by a note in their own transaction. */
const NOTED = [
  ["approvals", "question", "new.id"],
  ["approval_acts", "deed", "new.id || '/' || new.seq"],
  ["acts", "act", "new.id"],
] as const;
/** Immutable: a row is written once. The others are where the log stands. */
const KEPT = ["log_leaves", "log_nodes", "log_checkpoints", "log_cosignatures"] as const;

/**
 * The log over what is on record: a Merkle tree for each tenant. `log_leaves` has one leaf for each immutable row,
 * `log_nodes` the roots of whole subtrees of 256, 65536, … leaves, `log_trees` what is needed to add the next leaf.
 * `log_cursor` is the last position of the journal that has its leaf, `log_due` what else has none yet.
 */
export const log: Migration = {
  name: "0012-log",
  sqlite: [
    `create table log_cursor (one integer primary key check (one = 1), position integer not null) strict`,
    "insert into log_cursor values (1, 0)",
    `create table log_lease (
      one integer primary key check (one = 1), holder text not null, until integer not null) strict`,
    "insert into log_lease values (1, '', 0)",
    `create table log_due (
      seq integer primary key autoincrement, tenant text not null, kind text not null, id text not null) strict`,
    ...NOTED.map(
      ([table, kind, id]) =>
        `insert into log_due (tenant, kind, id) select tenant, '${kind}', ${id} from ${table} new`,
    ),
    ...NOTED.map(
      ([table, kind, id]) =>
        `create trigger ${table}_due after insert on ${table}
         begin insert into log_due (tenant, kind, id) values (new.tenant, '${kind}', ${id}); end`,
    ),
    `create table log_trees (
      tenant text primary key, size integer not null, frontier blob not null) strict, without rowid`,
    `create table log_leaves (
      tenant text not null, idx integer not null, kind text not null, id text not null, hash blob not null,
      primary key (tenant, idx)) strict, without rowid`,
    "create unique index log_leaves_row on log_leaves (tenant, kind, id)",
    `create table log_nodes (
      tenant text not null, level integer not null, idx integer not null, hash blob not null,
      primary key (tenant, level, idx)) strict, without rowid`,
    `create table log_checkpoints (
      tenant text not null, size integer not null, at integer not null, note text not null,
      primary key (tenant, size)) strict, without rowid`,
    `create table log_cosignatures (
      tenant text not null, size integer not null, witness text not null, at integer not null, line text not null,
      primary key (tenant, size, witness)) strict, without rowid`,
    `create table log_anchors (
      tenant text not null, anchor text not null, size integer not null, at integer not null, trouble text not null,
      primary key (tenant, anchor)) strict, without rowid`,
    ...KEPT.flatMap((table) =>
      ["update", "delete"].map(
        (act) =>
          `create trigger ${table}_no_${act} before ${act} on ${table}
           begin select raise(abort, 'the log is immutable'); end`,
      ),
    ),
  ],
  postgres: [
    `create table portcullis.log_cursor (one integer primary key check (one = 1), position bigint not null)`,
    "insert into portcullis.log_cursor values (1, 0)",
    "create unique index opened_seq on portcullis.opened (seq)",
    "create unique index closed_seq on portcullis.closed (seq)",
    `create table portcullis.log_due (
      tenant text collate "C" not null, seq bigint generated always as identity, kind text not null,
      id text collate "C" not null, primary key (tenant, seq))`,
    ...NOTED.map(
      ([table, kind, id]) =>
        `insert into portcullis.log_due (tenant, kind, id) select tenant, '${kind}', ${id} from portcullis.${table} new`,
    ),
    ...NOTED.flatMap(([table, kind, id]) => [
      `create function portcullis.${table}_due() returns trigger language plpgsql as
       $$ begin insert into portcullis.log_due (tenant, kind, id) values (new.tenant, '${kind}', ${id}); return null; end $$`,
      `create trigger ${table}_due after insert on portcullis.${table}
       for each row execute function portcullis.${table}_due()`,
    ]),
    `create table portcullis.log_trees (
      tenant text collate "C" primary key, size bigint not null, frontier bytea not null)`,
    `create table portcullis.log_leaves (
      tenant text collate "C" not null, idx bigint not null, kind text collate "C" not null,
      id text collate "C" not null, hash bytea not null, primary key (tenant, idx))`,
    "create unique index log_leaves_row on portcullis.log_leaves (tenant, kind, id)",
    `create table portcullis.log_nodes (
      tenant text collate "C" not null, level integer not null, idx bigint not null, hash bytea not null,
      primary key (tenant, level, idx))`,
    `create table portcullis.log_checkpoints (
      tenant text collate "C" not null, size bigint not null, at bigint not null, note text not null,
      primary key (tenant, size))`,
    `create table portcullis.log_cosignatures (
      tenant text collate "C" not null, size bigint not null, witness text collate "C" not null, at bigint not null,
      line text not null, primary key (tenant, size, witness))`,
    `create table portcullis.log_anchors (
      tenant text collate "C" not null, anchor text collate "C" not null, size bigint not null, at bigint not null,
      trouble text not null, primary key (tenant, anchor))`,
    ...KEPT.map(
      (table) =>
        `create trigger ${table}_immutable before update or delete or truncate on portcullis.${table}
         for each statement execute function portcullis.immutable()`,
    ),
  ],
};
