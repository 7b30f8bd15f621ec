import type { Migration } from "../migrate.ts";

/** What was done to the gate itself: immutable, as the journal is. `seq` is an act's position among acts. */
export const acts: Migration = {
  name: "0011-acts",
  sqlite: [
    `create table acts (
      seq integer primary key autoincrement, tenant text not null, id text not null, at integer not null,
      principal text not null, action text not null, object text not null, outcome text not null, detail text not null,
      unique (tenant, id)) strict`,
    `create index acts_action on acts (tenant, action, seq)`,
    ...["update", "delete"].map(
      (act) =>
        `create trigger acts_no_${act} before ${act} on acts
         begin select raise(abort, 'what was done is immutable'); end`,
    ),
  ],
  postgres: [
    `create table portcullis.acts (
      seq bigint not null default nextval('portcullis.position'), tenant text collate "C" not null,
      id text collate "C" not null, at bigint not null, principal text collate "C" not null,
      action text collate "C" not null, object text not null, outcome text not null, detail text not null,
      primary key (tenant, id))`,
    `create unique index acts_position on portcullis.acts (tenant, seq)`,
    `create index acts_action on portcullis.acts (tenant, action, seq)`,
    `create trigger acts_immutable before update or delete or truncate on portcullis.acts
     for each statement execute function portcullis.immutable()`,
  ],
};
