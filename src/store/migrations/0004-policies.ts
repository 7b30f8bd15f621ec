import type { Migration } from "../migrate.ts";

/**
 * Policy: `policies` holds the texts of every version that was ever in force, `policy_changes` who put which in force and
 * what is under way since, `policy_counts` what a version under trial came to since a change. The first two are record,
 * so that a call can be explained by the version that it names; the third is working memory.
 */
export const policies: Migration = {
  name: "0004-policies",
  sqlite: [
    `create table policies (
      version text primary key, at integer not null, who text not null, texts text not null) strict, without rowid`,
    `create table policy_changes (
      seq integer primary key, at integer not null, who text not null, act text not null, before text not null,
      after text not null, message text not null, state text not null) strict`,
    `create table policy_counts (
      seq integer not null, part text not null, calls integer not null, denied integer not null,
      primary key (seq, part)) strict, without rowid`,
    ...["policies", "policy_changes"].flatMap((table) =>
      ["update", "delete"].map(
        (act) =>
          `create trigger ${table}_no_${act} before ${act} on ${table}
           begin select raise(abort, 'what policy was in force is immutable'); end`,
      ),
    ),
  ],
  postgres: [
    `create table portcullis.policies (
      version text collate "C" primary key, at bigint not null, who text not null, texts text not null)`,
    `create table portcullis.policy_changes (
      seq bigint primary key, at bigint not null, who text not null, act text not null, before text not null,
      after text not null, message text not null, state text not null)`,
    `create table portcullis.policy_counts (
      seq bigint not null, part text not null, calls bigint not null, denied bigint not null,
      primary key (seq, part))`,
    ...["policies", "policy_changes"].map(
      (table) =>
        `create trigger ${table}_immutable before update or delete or truncate on portcullis.${table}
         for each statement execute function portcullis.immutable()`,
    ),
  ],
};
