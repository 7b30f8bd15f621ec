import type { Migration } from "../migrate.ts";

/** How it is known who made a key or an account, and with which key: a vote does not count beside that of who made its key. */
export const makers: Migration = {
  name: "0024-makers",
  sqlite: [
    "alter table api_keys add column made_as text",
    "alter table api_keys add column made_with text",
    "alter table people add column made_as text",
    "alter table people add column changed_as text",
  ],
  postgres: [
    "alter table portcullis.api_keys add column made_as text, add column made_with text",
    "alter table portcullis.people add column made_as text, add column changed_as text",
  ],
};
