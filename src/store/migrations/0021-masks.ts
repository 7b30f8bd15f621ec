import type { Migration } from "../migrate.ts";

/** What marks stand for, sealed, until it is forgotten: `id` is the mark's, and says nothing of the value to who has only the database. */
export const masks: Migration = {
  name: "0021-masks",
  sqlite: [
    `create table masks (
      tenant text not null, principal text not null, id text not null, sealed text not null, expires integer not null,
      primary key (tenant, principal, id)) strict, without rowid`,
    "create index masks_over on masks (expires)",
  ],
  postgres: [
    `create table portcullis.masks (
      tenant text collate "C" not null, principal text collate "C" not null, id text collate "C" not null,
      sealed text not null, expires bigint not null, primary key (tenant, principal, id))`,
    "create index masks_over on portcullis.masks (expires)",
  ],
};
