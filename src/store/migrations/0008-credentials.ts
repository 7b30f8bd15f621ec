import type { Migration } from "../migrate.ts";

/**
 * API keys, as digests; `credential_changes` grows with each change of them, so that every gate of the store notices.
 * `dpop_proofs` are proofs that were used and are still fresh, `dpop_nonces` what proofs must hold now: working memory.
 */
export const credentials: Migration = {
  name: "0008-credentials",
  sqlite: [
    `create table api_keys (
      id text primary key, kind text not null, digest text not null, tenant text not null, principal text not null,
      name text not null, bounds text not null, made_at integer not null, made_by text not null,
      expires_at integer not null, revoked_at integer, revoked_by text, used_at integer) strict, without rowid`,
    `create table credential_changes (one integer primary key check (one = 1), changes integer not null) strict`,
    `insert into credential_changes (one, changes) values (1, 0)`,
    `create table dpop_proofs (proof text primary key, until integer not null) strict, without rowid`,
    `create index dpop_proofs_until on dpop_proofs (until)`,
    `create table dpop_nonces (slot integer primary key, nonce text not null) strict`,
  ],
  postgres: [
    `create table portcullis.api_keys (
      id text collate "C" primary key, kind text not null, digest text not null, tenant text collate "C" not null,
      principal text collate "C" not null, name text not null, bounds text not null, made_at bigint not null,
      made_by text not null, expires_at bigint not null, revoked_at bigint, revoked_by text, used_at bigint)`,
    `create table portcullis.credential_changes (
      one integer primary key check (one = 1), changes bigint not null)`,
    `insert into portcullis.credential_changes (one, changes) values (1, 0)`,
    `create table portcullis.dpop_proofs (proof text collate "C" primary key, until bigint not null)`,
    `create index dpop_proofs_until on portcullis.dpop_proofs (until)`,
    `create table portcullis.dpop_nonces (slot bigint primary key, nonce text not null)`,
  ],
};
