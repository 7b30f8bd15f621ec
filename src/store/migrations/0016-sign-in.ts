import type { Migration } from "../migrate.ts";

/**
 * Browsers in which somebody is signed in, by the digest of what they hold; what local accounts' one-time passwords are made
 * from, sealed; and the keys with which gates of the store sign their own tokens, sealed.
 */
export const signIn: Migration = {
  name: "0016-sign-in",
  sqlite: [
    `create table sessions (
      tenant text not null, id text not null, digest text not null, principal text not null, facts text not null,
      key_id text not null, made_at integer not null, seen_at integer not null, idle_ms integer not null,
      ends_at integer not null, ended_at integer, ended_by text, primary key (tenant, id)) strict, without rowid`,
    `create index sessions_ends on sessions (ends_at)`,
    `create table factors (
      tenant text not null, principal text not null, sealed text not null, made_at integer not null, made_by text not null,
      step integer not null, wrong integer not null, wrong_at integer not null,
      primary key (tenant, principal)) strict, without rowid`,
    `create table signing_keys (
      id text primary key, public text not null, sealed text not null, made_at integer not null) strict, without rowid`,
  ],
  postgres: [
    `create table portcullis.sessions (
      tenant text collate "C" not null, id text collate "C" not null, digest text not null,
      principal text collate "C" not null, facts text not null, key_id text not null, made_at bigint not null,
      seen_at bigint not null, idle_ms bigint not null, ends_at bigint not null, ended_at bigint, ended_by text,
      primary key (tenant, id))`,
    `create index sessions_ends on portcullis.sessions (ends_at)`,
    `create table portcullis.factors (
      tenant text collate "C" not null, principal text collate "C" not null, sealed text not null,
      made_at bigint not null, made_by text not null, step bigint not null, wrong bigint not null,
      wrong_at bigint not null, primary key (tenant, principal))`,
    `create table portcullis.signing_keys (
      id text collate "C" primary key, public text not null, sealed text not null, made_at bigint not null)`,
  ],
};
