import { type Desk, desk } from "../../approval/desk.ts";
import { type ApprovalId, approvalId, parseApprovalId } from "../../call/id.ts";
import type { Actor } from "../../store/approvals.ts";
import { configured } from "../configured.ts";
import { keyHolder } from "../credential.ts";
import { Failure } from "../failure.ts";
import { withJournal } from "../records/records.ts";

type Options = Readonly<Record<string, unknown>>;

/** The desk of the store that the configuration names, and the tenant that is asked about. */
export async function withDesk<T>(
  options: Options,
  work: (at: Desk, tenant: string) => Promise<T>,
): Promise<T> {
  const tenant = (options["tenant"] as string | undefined) ?? "default";
  return await withJournal(options, (_, store) => work(desk(store, Date.now, approvalId), tenant));
}

/** The question that is meant; `--operation` is taken for the word. */
export function approvalNamed([word]: readonly string[], options: Options): ApprovalId {
  const text = word ?? (options["operation"] as string | undefined);
  if (text === undefined) throw new Failure(2, "no approval is named", "portcullis approvals");
  const id = parseApprovalId(text);
  if (id === undefined)
    throw new Failure(
      2,
      `${JSON.stringify(text)} is no approval's id`,
      "ids look like apr_… : portcullis approvals",
    );
  return id;
}

/**
 * Who decides, and the options with their tenant. On a gate without authentication that is who says so, elsewhere whoever's key is in the
 * environment; the rule still has to list that name.
 */
export async function approver(options: Options): Promise<{ readonly by: Actor; readonly own: Options }> {
  const config = configured(options["config"] as string | undefined);
  const holder = await keyHolder(config, options, "approver");
  if (holder !== undefined) {
    const { id, roles, source, tenant, made_by } = holder;
    return { by: { id, roles, source, ...(made_by && { made_by }) }, own: { ...options, tenant } };
  }
  const id = options["approver"];
  if (typeof id !== "string" || id === "")
    throw new Failure(2, "nobody is named as approver", "add --approver NAME: one that the rule lists");
  return { by: { id, roles: [], source: "asserted" }, own: options };
}
