import type { Migration } from "../migrate.ts";

/**
 * What ties this store to the counters that its gates share elsewhere (`cluster: redis://…`). `fence` has one row: who
 * the store is, and since which generation those counters are taken for whole. `fence_marks` holds the highest number of
 * a call that was counted there and is on record here, in a few lanes so that gates need not wait for each other.
 */
export const fence: Migration = {
  name: "0010-fence",
  sqlite: [
    `create table fence (
      one integer primary key check (one = 1), store text not null, generation integer not null) strict`,
    "insert into fence values (1, lower(hex(randomblob(12))), 0)",
    "create table fence_marks (lane text primary key, seq integer not null) strict, without rowid",
  ],
  postgres: [
    `create table portcullis.fence (
      one integer primary key check (one = 1), store text not null, generation bigint not null)`,
    "insert into portcullis.fence values (1, replace(gen_random_uuid()::text, '-', ''), 0)",
    `create table portcullis.fence_marks (lane text collate "C" primary key, seq bigint not null)`,
  ],
};
