import type { Migration } from "../migrate.ts";

/**
 * What records are sealed with, none of it in clear. `tenant_keys` are a tenant's master keys, wrapped by a key that is not in the
 * store; number 0 is what names are looked up by. `subjects` leads from a person's random id to their data key, wrapped by a master
 * key, and back; without a row nobody can. `erasures` says whose was destroyed, and `key_changes` grows with each, so that every gate notices.
 */
export const keys: Migration = {
  name: "0018-keys",
  sqlite: [
    `create table tenant_keys (
      tenant text not null, n integer not null, at integer not null, wrapped text not null, root text not null,
      rewrapped_at integer, primary key (tenant, n)) strict, without rowid`,
    `create table subjects (
      tenant text not null, id text not null, at integer not null, lookup text not null, name text not null,
      master integer not null, key text not null, primary key (tenant, id), unique (tenant, lookup),
      foreign key (tenant, master) references tenant_keys (tenant, n)) strict, without rowid`,
    `create index subjects_master on subjects (tenant, master)`,
    `create table erasures (
      tenant text not null, id text not null, n integer not null, at integer not null,
      primary key (tenant, id)) strict, without rowid`,
    `create index erasures_n on erasures (n)`,
    `create table key_changes (one integer primary key check (one = 1), changes integer not null) strict`,
    `insert into key_changes (one, changes) values (1, 0)`,
  ],
  postgres: [
    `create table portcullis.tenant_keys (
      tenant text collate "C" not null, n integer not null, at bigint not null, wrapped text not null, root text not null,
      rewrapped_at bigint, primary key (tenant, n))`,
    `create table portcullis.subjects (
      tenant text collate "C" not null, id text collate "C" not null, at bigint not null, lookup text collate "C" not null,
      name text not null, master integer not null, key text not null, primary key (tenant, id), unique (tenant, lookup),
      foreign key (tenant, master) references portcullis.tenant_keys (tenant, n))`,
    `create index subjects_master on portcullis.subjects (tenant, master)`,
    `create table portcullis.erasures (
      tenant text collate "C" not null, id text collate "C" not null, n bigint not null, at bigint not null,
      primary key (tenant, id))`,
    `create index erasures_n on portcullis.erasures (n)`,
    `create table portcullis.key_changes (one integer primary key check (one = 1), changes bigint not null)`,
    `insert into portcullis.key_changes (one, changes) values (1, 0)`,
  ],
};
