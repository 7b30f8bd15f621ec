import type { Migration } from "../migrate.ts";

/** What a page of the records is found by, newest or oldest first; whatever else is asked is looked at row by row. */
const INDEXES: readonly (readonly [name: string, table: string, columns: string, only: string])[] = [
  ["opened_principal", "opened", "tenant, principal, call", ""],
  ["opened_target", "opened", "tenant, target, call", ""],
  ["opened_rule", "opened", "tenant, rule, call", ""],
  ["opened_server", "opened", "tenant, server, call", ""],
  ["opened_stopped", "opened", "tenant, verdict, call", " where verdict <> 'allow'"],
  ["closed_failed", "closed", "tenant, status, call", " where status <> 'ok'"],
];

/**
 * Indexes for reading, and how far each sink has come with the records of each tenant: `position` among calls, `acts` among
 * acts, who delivers now and until when. Working memory, not record.
 */
export const reading: Migration = {
  name: "0020-reading",
  sqlite: [
    ...INDEXES.map(([name, table, columns, only]) => `create index ${name} on ${table} (${columns})${only}`),
    `create table sinks (
      tenant text not null, sink text not null, position integer not null, acts integer not null, holder text not null,
      held_until integer not null, sent integer not null, refused integer not null, at integer not null,
      why text not null, primary key (tenant, sink)) strict, without rowid`,
  ],
  postgres: [
    ...INDEXES.map(
      ([name, table, columns, only]) => `create index ${name} on portcullis.${table} (${columns})${only}`,
    ),
    `create table portcullis.sinks (
      tenant text collate "C" not null, sink text collate "C" not null, position bigint not null, acts bigint not null,
      holder text not null, held_until bigint not null, sent bigint not null, refused bigint not null,
      at bigint not null, why text not null, primary key (tenant, sink))`,
  ],
};
