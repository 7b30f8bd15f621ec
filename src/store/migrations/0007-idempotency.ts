import type { Migration } from "../migrate.ts";

/** Keys under which requests to the API came, and what they were answered; `status` is 0 until there is an answer. Swept after a day. */
export const idempotency: Migration = {
  name: "0007-idempotency",
  sqlite: [
    `create table idempotency (
      tenant text not null, who text not null, key text not null, at integer not null, digest text not null,
      status integer not null, media text not null, body text not null,
      primary key (tenant, who, key)) strict, without rowid`,
    `create index idempotency_at on idempotency (at)`,
  ],
  postgres: [
    `create table portcullis.idempotency (
      tenant text collate "C" not null, who text collate "C" not null, key text collate "C" not null,
      at bigint not null, digest text not null, status integer not null, media text not null, body text not null,
      primary key (tenant, who, key))`,
    `create index idempotency_at on portcullis.idempotency (at)`,
  ],
};
