import { boundOf, type Subject } from "../../approval/binding.ts";
import { lettersOf } from "../../approval/letters.ts";
import { redact } from "../../audit/redact.ts";
import { targetName } from "../../call/call.ts";
import { type ApprovalId, approvalId, type Instant } from "../../call/id.ts";
import { digest, digestBytes, type JsonObject, type JsonPath } from "../../call/json.ts";
import type { TenantId } from "../../call/principal.ts";
import type { Allow, Deny, Hold } from "../../call/verdict.ts";
import type { Decision } from "../../pipeline/stage.ts";
import type { Matter, Question, Shown } from "../../store/approvals.ts";
import { argumentsAt, hasArguments } from "../../wire/arguments.ts";
import { applyEdits } from "../../wire/edit.ts";
import type { Frame } from "../../wire/frame.ts";
import { sliceAt } from "../../wire/slice.ts";
import { editFrame } from "../call.ts";
import type { Gate } from "../gate.ts";

/** What a held call comes to, and what it brings to the transaction that writes it down. */
export interface Heard {
  readonly verdict: Allow | Deny | Hold;
  readonly matter: Matter | undefined;
}

/** Parts of a request that an approval does not hold to: who wants to hear of progress changes nothing. */
const UNBOUND: ReadonlySet<string> = new Set(["_meta", "arguments", "name"]);

/** So many numbers are shown as they are spelled; of more it is only said that they are not exact. */
const SPELLED = 32;

/** Arguments in which numbers that a double does not keep stand as they are spelled: nobody sees what they would be rounded to. */
function spelled(
  args: JsonObject,
  { bytes }: Frame,
  root: JsonPath,
  inexact: readonly JsonPath[],
): JsonObject {
  const text = (path: JsonPath, at: number): string =>
    at < SPELLED ? `[number ${sliceAt(bytes, path)?.toString("latin1") ?? ""}]` : "[number]";
  return applyEdits(
    args,
    inexact.map((path, at) => ({ kind: "set", path: path.slice(root.length), to: text(path, at) })),
  );
}

/** Everything an approval of this call is bound to, of the bytes as they would be sent; and the arguments as they are shown. */
function bounds({ call, edits }: Decision, asks: Hold["asks"], frame: Frame, tool: JsonObject | undefined) {
  const sent = editFrame(frame, "params", edits);
  const params = sent.message.kind === "request" ? sent.message.params : {};
  const rest = hasArguments(call.method)
    ? Object.fromEntries(Object.entries(params).filter(([key]) => !UNBOUND.has(key)))
    : {};
  const root = argumentsAt(call.method);
  const slice = sliceAt(sent.bytes, root);
  const inexact = sent.inexact.filter((path) => root.every((key, at) => path[at] === key));
  const definition = tool === undefined ? "" : digest(tool);
  const { principal, server, method, target, args } = call;
  const subject: Subject = {
    tenant: principal.tenant,
    principal: principal.id,
    server,
    method,
    target_kind: target.kind,
    target: targetName(target) ?? "",
    args,
  };
  const bytes = slice === undefined ? "" : digestBytes(slice);
  const shown = (): Pick<Shown, "args" | "whole"> => {
    const kept = redact(spelled(args, sent, root, inexact));
    return { args: kept.args, whole: kept.lost.length === 0 && inexact.length === 0 };
  };
  return {
    subject,
    definition,
    shown,
    bound: boundOf(subject, asks, { bytes, rest, definition }),
    // Of a number that is rounded, what others chose says too little.
    loose: boundOf(subject, asks, { bytes: inexact.length > 0 ? bytes : "", rest, definition }),
  };
}

/**
 * What people have said of exactly this call: it runs, once; it is refused; or they are asked, and it waits. Rejects
 * where the store cannot be read.
 */
export async function heard(
  gate: Gate,
  decision: Decision,
  hold: Hold,
  frame: Frame,
  tool: JsonObject | undefined,
): Promise<Heard> {
  const { call } = decision;
  const { tenant, asserted_by: asked_by, made_by } = call.principal;
  const { asks, rule, charges } = hold;
  const { bound, loose, subject, definition, shown } = bounds(decision, asks, frame, tool);
  const word = await gate.desk.word(tenant, bound, loose);
  switch (word.kind) {
    case "approved":
      return {
        verdict: { kind: "allow", rule, approval: word.id, ...(charges !== undefined && { charges }) },
        matter: word.use(call.id),
      };
    case "pending":
      return { verdict: await waiting(gate, hold, tenant, word), matter: undefined };
    case "denied":
      return {
        verdict: refusal(hold, { kind: "not-approved", approval: word.id }, word.reason),
        matter: undefined,
      };
    case "changed": {
      const cause = { kind: "not-approved", approval: word.id, instead: word.args } as const;
      return { verdict: refusal(hold, cause, word.reason), matter: undefined };
    }
    case "none": {
      const at = gate.now();
      const resets = gate.desk.pace(call.principal, at);
      if (resets !== undefined) return { verdict: crowded(hold, resets), matter: undefined };
      const { args: _, tenant: __, principal: ___, ...target } = subject;
      const question: Question = {
        id: approvalId(at),
        at,
        call: call.id,
        ...(asked_by !== undefined && { asked_by }),
        ...(made_by !== undefined && { made_by }),
        ...bound,
        asks,
        expires: at + Math.min(...asks.map(({ within_ms }) => within_ms)),
        shown: {
          ...target,
          client: call.client === undefined ? "" : `${call.client.name}/${call.client.version}`.slice(0, 200),
          ...shown(),
          args_digest: digest(call.args),
          definition,
          policy_version: gate.policy.version,
        },
      };
      return {
        verdict: await waiting(gate, hold, tenant, question, word.outdated),
        matter: { kind: "ask", question, letters: lettersOf(question, tenant, "approval.asked") },
      };
    }
  }
}

async function waiting(
  { pageOf }: Gate,
  hold: Hold,
  tenant: TenantId,
  { id, expires }: Pick<Question, "id" | "expires">,
  outdated?: ApprovalId,
): Promise<Hold> {
  const link = await pageOf?.(tenant, id, expires);
  const more = { ...(link !== undefined && { link }), ...(outdated !== undefined && { outdated }) };
  return { ...hold, approval: { id, expires, ...more } };
}

/** People are asked about no more than they can look at. */
function crowded({ rule }: Hold, resets: Instant): Deny {
  const why = "People are asked about as many calls of this principal as they can look at.";
  return { kind: "deny", rule, cause: { kind: "limit", resets }, why };
}

function refusal({ rule, why, instead }: Hold, cause: Deny["cause"], reason: string): Deny {
  const said = reason === "" ? "" : ` They said: ${reason}`;
  return { kind: "deny", rule, cause, why: `${why}${said}`, ...(instead !== undefined && { instead }) };
}
