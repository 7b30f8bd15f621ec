import type { Migration } from "../migrate.ts";

/** What tenants' servers are shown, sealed: `sealed` says nothing to who has only the database. */
export const secrets: Migration = {
  name: "0017-secrets",
  sqlite: [
    `create table secrets (
      tenant text not null, name text not null, sealed text not null, at integer not null, by_whom text not null,
      primary key (tenant, name)) strict, without rowid`,
  ],
  postgres: [
    `create table portcullis.secrets (
      tenant text collate "C" not null, name text collate "C" not null, sealed text not null, at bigint not null,
      by_whom text not null, primary key (tenant, name))`,
  ],
};
