import type { Migration } from "../migrate.ts";

/**
 * Users and service accounts, with the roles that they have in their tenant. Each change of them counts among those of
 * credentials, so that every gate of the store notices.
 */
export const people: Migration = {
  name: "0015-people",
  sqlite: [
    `create table people (
      tenant text not null, id text not null, kind text not null, name text not null, roles text not null,
      state text not null, made_at integer not null, made_by text not null, changed_at integer not null,
      changed_by text not null, primary key (tenant, id)) strict, without rowid`,
    `create trigger people_made after insert on people begin
      update credential_changes set changes = changes + 1; end`,
    `create trigger people_changed after update on people begin
      update credential_changes set changes = changes + 1; end`,
    `create trigger people_removed after delete on people begin
      update credential_changes set changes = changes + 1; end`,
  ],
  postgres: [
    `create table portcullis.people (
      tenant text collate "C" not null, id text collate "C" not null, kind text not null, name text not null,
      roles text not null, state text not null, made_at bigint not null, made_by text not null,
      changed_at bigint not null, changed_by text not null, primary key (tenant, id))`,
    `create function portcullis.people_changed() returns trigger language plpgsql as $$ begin
      update portcullis.credential_changes set changes = changes + 1; return null; end $$`,
    `create trigger people_changed after insert or update or delete on portcullis.people
      for each statement execute function portcullis.people_changed()`,
  ],
};
