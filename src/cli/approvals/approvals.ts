import { differences } from "../../approval/difference.ts";
import { previewOf, shownText } from "../../approval/preview.ts";
import { standingOf } from "../../approval/state.ts";
import { missing } from "../../approval/vote.ts";
import { DEED_WORDS } from "../../approval/words.ts";
import { parseApprovalId } from "../../call/id.ts";
import { findConfig, loadAuthMode } from "../../config/load.ts";
import { printable } from "../../document/render.ts";
import type { Act, Approval } from "../../store/approvals.ts";
import { Failure } from "../failure.ts";
import { given } from "../given.ts";
import { columns, jsonLine, print } from "../out.ts";
import { localTime } from "../records/times.ts";
import { tell } from "../say.ts";
import { approvalNamed, withDesk } from "./approving.ts";

type Options = Readonly<Record<string, unknown>>;

const NEWEST = 100;
const HEAD = ["ASKED", "BY", "SERVER", "TOOL", "STATE", "UNTIL", "ID"];

/** One line of `approvals --json`. */
function lineOf(approval: Approval, now: number): Readonly<Record<string, unknown>> {
  const { question, acts } = approval;
  const { shown, asks } = question;
  const { state, until } = standingOf(approval, now);
  return {
    id: question.id,
    at: new Date(question.at).toISOString(),
    state,
    until: new Date(until).toISOString(),
    principal: question.principal,
    call: question.call,
    server: shown.server,
    method: shown.method,
    target: shown.target,
    args: shown.args,
    args_digest: shown.args_digest,
    whole: shown.whole,
    rules: asks.map(({ rule, approvers, quorum }) => ({ rule, approvers, quorum })),
    missing: missing(approval),
    acts: acts.map(({ at, by, deed, reason }) => ({
      at: new Date(at).toISOString(),
      by: by.id,
      source: by.source,
      ...(by.made_by && { key_made_by: by.made_by.map(({ id }) => id) }),
      deed: deed.kind,
      reason,
    })),
  };
}

function row(approval: Approval, now: number): readonly string[] {
  const { question } = approval;
  const { shown } = question;
  const { state, until } = standingOf(approval, now);
  return [
    localTime(question.at, now),
    question.principal,
    shown.server,
    shown.target === "" ? shown.method : shown.target,
    state,
    localTime(until, now),
    question.id,
  ].map((cell) => printable(shownText(cell)));
}

function actLine({ at, by, deed, reason }: Act, now: number): string {
  const to = deed.kind === "delegate" || deed.kind === "change" ? ` to ${deed.to}` : "";
  const ran = deed.kind === "use" ? ` as ${deed.call}` : "";
  const said = reason === "" ? "" : `: ${reason}`;
  const [maker] = by.made_by ?? [];
  const key = maker === undefined ? "" : `, a key from ${maker.id === "" ? "nobody knows whom" : maker.id}`;
  const text = `${localTime(at, now)}  ${by.id} (${by.source}${key})  ${DEED_WORDS[deed.kind]}${to}${ran}${said}`;
  return printable(shownText(text));
}

async function one(words: readonly string[], options: Options): Promise<number> {
  const id = approvalNamed(words, options);
  return await withDesk(options, async (at, tenant) => {
    const approval = await at.get(tenant, id);
    if (approval === undefined)
      throw new Failure(1, `there is no approval ${id}`, "portcullis approvals --all");
    const now = Date.now();
    if (options["json"] === true) {
      await print(jsonLine(lineOf(approval, now)));
      return 0;
    }
    const { question, acts } = approval;
    const { server, target } = question.shown;
    const earlier = await at.list(tenant, {
      principal: question.principal,
      server,
      target,
      before: id,
      limit: 20,
    });
    const last = earlier.find((each) => standingOf(each, now).state === "used");
    for (const line of previewOf(question).text.split("\n")) await print(printable(line));
    await print("");
    if (question.sought === undefined && last === undefined)
      await print("It has not run before with approval.");
    else if (last !== undefined) {
      await print(`Since the last time (${last.question.id}):`);
      for (const line of differences(last.question.shown.args, question.shown.args))
        await print(`  ${printable(line)}`);
    }
    const { state, until } = standingOf(approval, now);
    await print(`State: ${state}, until ${localTime(until, now)}`);
    for (const { rule, approvers, quorum } of question.asks) {
      const more = missing(approval).find((each) => each.rule === rule)?.more ?? 0;
      const wants = `${quorum} of ${approvers.join(", ")}`;
      await print(printable(`  ${rule}: ${wants}${more > 0 && state === "pending" ? `; ${more} more` : ""}`));
    }
    for (const act of acts) await print(`  ${actLine(act, now)}`);
    if (state === "pending") {
      // Who shows a credential is who it says; only elsewhere do people name themselves.
      const named = authenticates(options) ? "" : " --approver NAME";
      tell(`Next  portcullis approve ${id}${given(options, "config", "tenant")}${named}`);
    }
    return 0;
  });
}

/** Whether the gates of the configuration find out who people are; false where there is none to read. */
function authenticates(options: Options): boolean {
  const file = findConfig(options["config"] as string | undefined);
  return file !== undefined && loadAuthMode({ file }) === "required";
}

/** `portcullis approvals`: what waits for people, as a table or as JSON lines; with an id, one question in full. */
export async function approvals(words: readonly string[], options: Options): Promise<number> {
  if (words.length > 0) return await one(words, options);
  return await withDesk(options, async (at, tenant) => {
    const now = Date.now();
    const found = await at.list(tenant, {
      ...(options["all"] !== true && { open: now }),
      ...(options["server"] !== undefined && { server: options["server"] as string }),
      ...(options["principal"] !== undefined && { principal: options["principal"] as string }),
      limit: NEWEST,
    });
    if (options["json"] === true) {
      for (const approval of found) await print(jsonLine(lineOf(approval, now)));
      return 0;
    }
    for (const line of columns([HEAD, ...found.map((approval) => row(approval, now))])) await print(line);
    tell(`${found.length} ${found.length === 1 ? "approval" : "approvals"}.`);
    const first = found[0]?.question.id;
    if (first !== undefined && parseApprovalId(first) !== undefined)
      tell(`Next  portcullis approvals ${first}${given(options, "config", "tenant")}`);
    else if (options["all"] !== true) tell("Decided ones: --all");
    return 0;
  });
}
