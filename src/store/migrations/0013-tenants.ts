import type { Migration } from "../migrate.ts";

/**
 * The tenants of the store. A name is never given twice: who was deleted stays as such, because their records do.
 * `tenant_changes` grows with each change, so that every gate of the store notices.
 */
export const tenants: Migration = {
  name: "0013-tenants",
  sqlite: [
    `create table tenants (
      tenant text primary key, kind text not null, parent text not null, name text not null, state text not null,
      share integer not null, made_at integer not null, made_by text not null, changed_at integer not null)
      strict, without rowid`,
    `create table tenant_changes (one integer primary key check (one = 1), changes integer not null) strict`,
    `insert into tenant_changes (one, changes) values (1, 0)`,
  ],
  postgres: [
    `create table portcullis.tenants (
      tenant text collate "C" primary key, kind text not null, parent text collate "C" not null, name text not null,
      state text not null, share integer not null, made_at bigint not null, made_by text not null,
      changed_at bigint not null)`,
    `create table portcullis.tenant_changes (one integer primary key check (one = 1), changes bigint not null)`,
    `insert into portcullis.tenant_changes (one, changes) values (1, 0)`,
  ],
};
