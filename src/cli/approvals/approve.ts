import type { Decided, Desk } from "../../approval/desk.ts";
import { previewOf } from "../../approval/preview.ts";
import { standingOf } from "../../approval/state.ts";
import { missing, type Vote } from "../../approval/vote.ts";
import type { ApprovalId } from "../../call/id.ts";
import type { JsonObject } from "../../call/json.ts";
import { Failure } from "../failure.ts";
import { given } from "../given.ts";
import { jsonLine, print } from "../out.ts";
import { localTime } from "../records/times.ts";
import { say, tell } from "../say.ts";
import { approvalNamed, approver, withDesk } from "./approving.ts";

type Options = Readonly<Record<string, unknown>>;

/** Characters of a reason that are kept. */
const MOST_REASON = 1_000;

function reasonOf(options: Options): string {
  const reason = (options["reason"] as string | undefined) ?? "";
  if (reason.length <= MOST_REASON) return reason.toWellFormed().replaceAll("\0", "");
  throw new Failure(
    2,
    `a reason may have ${MOST_REASON} characters, this one has ${reason.length}`,
    "say it shorter",
  );
}

/** What came of it; exit code 1 where the answer is no. */
async function told(decided: Decided, id: ApprovalId, options: Options): Promise<number> {
  const json = options["json"] === true;
  if (decided.kind === "not-found")
    throw new Failure(
      1,
      `there is no approval ${id}`,
      `portcullis approvals --all${given(options, "config", "tenant")}`,
    );
  if (decided.kind === "refused") {
    if (json) await print(jsonLine({ id, done: false, code: decided.code, why: decided.why }));
    else say("fail", decided.why);
    return 1;
  }
  const { approval, changed } = decided;
  const { state, until } = standingOf(approval, Date.now());
  const more = missing(approval).filter((each) => each.more > 0);
  if (json) {
    await print(
      jsonLine({ id, done: true, state, until: new Date(until).toISOString(), missing: more, changed }),
    );
    return 0;
  }
  if (changed !== undefined) say("ok", `${id} is replaced by ${changed}, with the arguments that you gave`);
  const wanted = more.map((each) => `${each.more} more for ${each.rule}`).join(", ");
  say("ok", state === "pending" ? `noted; it waits for ${wanted}` : `${changed ?? id} is ${state}`);
  const { sought } = approval.question;
  if (state === "approved" && sought !== undefined) tell(`It lasts until ${localTime(until, Date.now())}.`);
  else if (state === "approved")
    tell("It runs once, when the same call is made again with exactly the same arguments.");
  return 0;
}

async function decided(
  id: ApprovalId,
  options: Options,
  act: (at: Desk, tenant: string) => Promise<Decided>,
): Promise<number> {
  return await told(await withDesk(options, (at, tenant) => act(at, tenant)), id, options);
}

/** What this person sees of it on the way: approving without having looked is still approving what was shown. */
async function preview(at: Desk, tenant: string, id: ApprovalId): Promise<string> {
  const approval = await at.get(tenant, id);
  return approval === undefined ? "" : previewOf(approval.question).digest;
}

/** `portcullis approve`: exit code 0 where it counts, 1 where it does not, with the reason. */
export async function approve(words: readonly string[], options: Options): Promise<number> {
  const id = approvalNamed(words, options);
  const { by, own } = await approver(options);
  const reason = reasonOf(options);
  const to = options["delegateTo"] as string | undefined;
  const args = options["args"] as JsonObject | undefined;
  if (to !== undefined && args !== undefined)
    throw new Failure(2, "who hands it on does not approve it", "leave out --args or --delegate-to");
  return await decided(id, own, async (at, tenant) => {
    if (args !== undefined) return await at.change(tenant, id, by, args, reason);
    const vote: Vote =
      to === undefined
        ? { kind: "approve", preview: await preview(at, tenant, id) }
        : { kind: "delegate", to };
    return await at.decide(tenant, id, by, vote, reason);
  });
}

/** `portcullis review`: exit code 0 where it counts, 1 where it does not, with the reason. */
export async function review(words: readonly string[], options: Options): Promise<number> {
  const id = approvalNamed(words, options);
  const { by, own } = await approver(options);
  const reason = reasonOf(options);
  return await decided(id, own, (at, tenant) => at.decide(tenant, id, by, { kind: "review" }, reason));
}

/** `portcullis deny`: exit code 0 where it counts, 1 where it does not, with the reason. */
export async function deny(words: readonly string[], options: Options): Promise<number> {
  const id = approvalNamed(words, options);
  const { by, own } = await approver(options);
  const reason = reasonOf(options);
  return await decided(id, own, (at, tenant) => at.decide(tenant, id, by, { kind: "deny" }, reason));
}
