import type { Migration } from "../migrate.ts";

/**
 * What limits count. `counters` holds how much was taken in each part of a window; `held` which calls are under way
 * under a limit of calls at once. Both are working memory, not record: the journal says what was refused and why.
 */
export const counters: Migration = {
  name: "0003-counters",
  sqlite: [
    `create table counters (
      tenant text not null, counter text not null, slot integer not null, used real not null,
      primary key (tenant, counter, slot)) strict, without rowid`,
    `create table held (
      tenant text not null, counter text not null, call text not null, gate text not null,
      primary key (tenant, counter, call)) strict, without rowid`,
  ],
  postgres: [
    `create table portcullis.counters (
      tenant text collate "C" not null, counter text collate "C" not null, slot bigint not null,
      used double precision not null, primary key (tenant, counter, slot))`,
    `create table portcullis.held (
      tenant text collate "C" not null, counter text collate "C" not null, call text collate "C" not null,
      gate text collate "C" not null, primary key (tenant, counter, call))`,
  ],
};
