import type { Migration } from "../migrate.ts";

/**
 * Who began a task stands in the journal already: the end of the call that did carries the digest of the task's id
 * (`detail.task`). This finds it. Ends that began none are not in the index.
 */
export const tasks: Migration = {
  name: "0002-tasks",
  sqlite: [
    `create index closed_task on closed (tenant, json_extract(detail, '$.task'))
     where instr(detail, '"task":"sha256:') > 0`,
  ],
  postgres: [
    `create index closed_task on portcullis.closed (tenant, (detail::json ->> 'task'))
     where strpos(detail, '"task":"sha256:') > 0`,
  ],
};
