import type { Migration } from "../migrate.ts";

/**
 * The journal: two immutable events per call, and the gates that wrote them. `seq` is one position over both tables.
 * Identifiers compare by their bytes on both engines: `a` and `A` are two tenants, and ids sort by time.
 */
export const journal: Migration = {
  name: "0001-journal",
  sqlite: [
    `create table opened (
      seq integer primary key, tenant text not null, call text not null, gate text not null, at integer not null,
      principal text not null, client text not null, era text not null, server text not null, method text not null,
      target text not null, target_kind text not null, args_digest text not null, verdict text not null,
      rule text not null, rule_source text not null, policy_version text not null, size_bytes integer not null,
      detail text not null, unique (tenant, call)) strict`,
    `create table closed (
      seq integer primary key, tenant text not null, call text not null, at integer not null, status text not null,
      duration_us integer not null, answer_digest text not null, size_bytes integer not null, detail text not null,
      unique (tenant, call)) strict`,
    `create table gates (
      id text primary key, started_at integer not null, seen_at integer not null, pid integer not null,
      host text not null) strict, without rowid`,
    ...["opened", "closed"].flatMap((table) =>
      ["update", "delete"].map(
        (act) =>
          `create trigger ${table}_no_${act} before ${act} on ${table}
           begin select raise(abort, 'the journal is immutable'); end`,
      ),
    ),
  ],
  postgres: [
    `create sequence portcullis.position`,
    `create table portcullis.opened (
      seq bigint not null default nextval('portcullis.position'), tenant text collate "C" not null,
      call text collate "C" not null, gate text collate "C" not null, at bigint not null,
      principal text collate "C" not null, client text not null, era text not null, server text collate "C" not null,
      method text collate "C" not null, target text collate "C" not null, target_kind text not null,
      args_digest text not null, verdict text not null, rule text collate "C" not null, rule_source text not null,
      policy_version text not null, size_bytes bigint not null, detail text not null, primary key (tenant, call))`,
    `create unique index opened_position on portcullis.opened (tenant, seq)`,
    `create table portcullis.closed (
      seq bigint not null default nextval('portcullis.position'), tenant text collate "C" not null,
      call text collate "C" not null, at bigint not null, status text not null, duration_us bigint not null,
      answer_digest text not null, size_bytes bigint not null, detail text not null, primary key (tenant, call))`,
    `create unique index closed_position on portcullis.closed (tenant, seq)`,
    `create table portcullis.gates (
      id text collate "C" primary key, started_at bigint not null, seen_at bigint not null, pid integer not null,
      host text not null)`,
    `create function portcullis.immutable() returns trigger language plpgsql as
      $$ begin raise exception 'the journal is immutable'; end $$`,
    ...["opened", "closed"].map(
      (table) =>
        `create trigger ${table}_immutable before update or delete or truncate on portcullis.${table}
         for each statement execute function portcullis.immutable()`,
    ),
  ],
};
