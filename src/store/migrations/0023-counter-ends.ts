import type { Migration } from "../migrate.ts";

/** Until when what was counted matters, ms: after that its row may go, also where nobody comes for that counter any more. */
export const counterEnds: Migration = {
  name: "0023-counter-ends",
  sqlite: ["alter table counters add column ends integer", "create index counters_ends on counters (ends)"],
  postgres: [
    "alter table portcullis.counters add column ends bigint",
    "create index counters_ends on portcullis.counters (ends)",
  ],
};
