import type { Migration } from "../migrate.ts";

/** What was asked about exactly this form of a call is found at once, however many forms of it there are. */
export const forms: Migration = {
  name: "0022-forms",
  sqlite: ["create index approvals_form on approvals (tenant, subject, binding, id)"],
  postgres: ["create index approvals_form on portcullis.approvals (tenant, subject, binding, id)"],
};
