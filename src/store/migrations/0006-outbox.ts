import type { Migration } from "../migrate.ts";

/**
 * Notices on their way: `outbox` holds each until it is sent or given up, and for a while after that; `notice_keys` what was
 * told already, so that it is not told again before its time. Working memory, not record: both are swept.
 */
export const outbox: Migration = {
  name: "0006-outbox",
  sqlite: [
    `create table outbox (
      id text primary key, tenant text not null, at integer not null, topic text not null, about text not null,
      recipient text not null, dedupe text not null, data text not null, state text not null,
      attempts integer not null, due_at integer not null, why text not null, ended_at integer) strict, without rowid`,
    `create index outbox_due on outbox (due_at) where state = 'due'`,
    `create index outbox_ended on outbox (ended_at) where ended_at is not null`,
    `create table notice_keys (key text primary key, until integer not null) strict, without rowid`,
    `create index notice_keys_until on notice_keys (until)`,
  ],
  postgres: [
    `create table portcullis.outbox (
      id text collate "C" primary key, tenant text collate "C" not null, at bigint not null, topic text not null,
      about text not null, recipient text not null, dedupe text not null, data text not null, state text not null,
      attempts integer not null, due_at bigint not null, why text not null, ended_at bigint)`,
    `create index outbox_due on portcullis.outbox (due_at) where state = 'due'`,
    `create index outbox_ended on portcullis.outbox (ended_at) where ended_at is not null`,
    `create table portcullis.notice_keys (key text collate "C" primary key, until bigint not null)`,
    `create index notice_keys_until on portcullis.notice_keys (until)`,
  ],
};
