import { type Call, targetName } from "../call/call.ts";
import { type Fault, type FaultCode, FAULTS } from "../call/fault.ts";
import { type ApprovalId, decisionId, type DecisionId } from "../call/id.ts";
import type { Json, JsonObject } from "../call/json.ts";
import type { Deny, Hold, Refusal } from "../call/verdict.ts";
import { contentOpening } from "./content-words.ts";

/** What a client is told instead of an answer: words for the model, and the same as data. */
export interface Words {
  /** At most 600 characters, and arguments that people approved in place of others; the first word is one of BLOCKED, WAITING FOR APPROVAL, LIMIT, UNAVAILABLE. */
  readonly text: string;
  readonly decision: {
    readonly effect: "deny" | "hold" | "unavailable";
    readonly rule: string;
    readonly retryable: boolean;
    readonly ref: DecisionId;
    readonly alternatives: readonly string[];
    /** Of what waits for people: its question, until when it can be decided, and the page where its asker sees it. */
    readonly approval?: { readonly id: ApprovalId; readonly expires: string; readonly link?: string };
  };
}

/** A body for `result` or `error` of the JSON-RPC response. */
export type Body =
  | { readonly kind: "result"; readonly result: JsonObject }
  | { readonly kind: "error"; readonly code: number; readonly message: string; readonly data?: Json };

export const DECISION_KEY = "dev.portcullis/decision";
/** Application space: where a method has no `isError` channel, this code carries the whole reason. */
const REFUSED = 403;
const NO_RETRY = "Do not retry it, and do not look for another tool that has the same effect.";

/** Cuts at a bound and shows that it did. */
export function clip(text: string, most: number): string {
  const line = text.replace(/\s+/g, " ").trim();
  return (line.length <= most ? line : `${line.slice(0, most - 1)}…`).toWellFormed();
}

function subject(call: Call): string {
  const kind =
    call.target.kind === "none"
      ? "Method"
      : `${call.target.kind[0]?.toUpperCase()}${call.target.kind.slice(1)}`;
  const name = targetName(call.target) ?? call.method;
  return `${kind}: ${clip(call.target.kind === "resource" ? name : `${call.server}.${name}`, 90)}`;
}

function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

/** To the second, and never before it: a minute may be all that a limit is about. */
function notBefore(at: number): string {
  const [date = "", time = ""] = new Date(Math.ceil(at / 1000) * 1000).toISOString().slice(0, 19).split("T");
  return `${date} ${time.replace(/:00$/, "")} UTC`;
}

/** First line, whether a retry can help, and the advice on retrying. */
function opening(deny: Deny): readonly [string, boolean, string] {
  switch (deny.cause.kind) {
    case "policy":
    case "hidden":
      return ["BLOCKED by policy. This is a rule, not a fault in your request.", false, NO_RETRY];
    case "argument":
      return [
        "BLOCKED because an argument cannot be accepted. The call has not run.",
        true,
        "Correct the argument before you call again; the same arguments will be refused again.",
      ];
    case "limit":
      return [
        "LIMIT reached. The call has not run.",
        true,
        `Do not retry before ${notBefore(deny.cause.resets)}; it will be refused until then.`,
      ];
    case "broken":
      return [
        "BLOCKED because a safety check could not be carried out. The call has not run.",
        false,
        NO_RETRY,
      ];
    case "content":
      return contentOpening(deny.cause);
    case "not-approved":
      return deny.cause.instead === undefined
        ? ["BLOCKED because it was not approved. The call has not run.", false, NO_RETRY]
        : [
            "BLOCKED as it was asked: it was approved with other arguments. The call has not run.",
            true,
            `Call the same tool with exactly these arguments; it then runs once: ${JSON.stringify(deny.cause.instead)}`,
          ];
    case "uncounted":
      return [
        "UNAVAILABLE because limits cannot be counted now. The call has not run.",
        true,
        "Do not retry at once; tell the user that the gate cannot reach what it counts limits with.",
      ];
    case "scope":
      return ["BLOCKED because your credential does not have the scopes that this needs.", false, NO_RETRY];
    case "unrecorded":
      return [
        "UNAVAILABLE because the call could not be recorded. It has not run.",
        true,
        "Do not retry at once; tell the user that the record of calls cannot be written.",
      ];
  }
}

function wordsOfDeny(deny: Deny, call: Call): Words {
  const ref = decisionId(call.id);
  const [first, retryable, advice] = opening(deny);
  const { cause } = deny;
  const place = cause.kind === "argument" || cause.kind === "content" ? cause.path : "";
  const where = cause.kind === "content" && cause.of === "answer" ? "In" : "Argument";
  const argument = place === "" ? "" : `   ${where}: ${clip(place, 60)}`;
  const lines = [
    first,
    subject(call) + argument,
    `Why: ${clip(deny.why, 170)} (rule ${clip(deny.rule.rule, 50)})`,
    advice,
    `You can: ${clip(deny.instead ?? "tell the user what was refused and why, and continue with other work.", 130)}`,
    `Ref: ${ref}`,
  ];
  return {
    text: lines.join("\n"),
    decision: {
      effect: "deny",
      rule: deny.rule.rule,
      retryable,
      ref,
      alternatives: deny.instead === undefined ? [] : [deny.instead],
    },
  };
}

/** What a refusal says, for the model and as data (`ecosystem` table: denied, argument, limit, approval, unrecorded). */
export function wordsOf(refusal: Refusal, call: Call): Words {
  if (refusal.kind === "deny") return wordsOfDeny(refusal, call);
  return wordsOfHold(refusal, call);
}

/** What the model reads at most. */
const TEXT_MAX = 600;

function wordsOfHold({ rule, why, instead, approval }: Hold, call: Call): Words {
  const ref = decisionId(call.id);
  const lines = (reason: string): readonly string[] => [
    `WAITING FOR APPROVAL ${approval?.id ?? ""} — the call has NOT run.`.replace("  ", " "),
    subject(call),
    `Why: ${reason} (rule ${clip(rule.rule, 50)})`,
    ...(approval?.outdated === undefined
      ? []
      : [`${approval.outdated} was for another form of it (spelling, tool or rules) and is void.`]),
    "When it is approved, call the same tool again with exactly the same arguments; it then runs once.",
    `${approval === undefined ? "" : `Valid until ${utc(approval.expires)}. `}Do not poll. Tell the user, and continue with other work.`,
    ...(instead === undefined ? [] : [`You can also: ${clip(instead, 80)}`]),
    `Ref: ${ref}`,
  ];
  const link = approval?.link === undefined ? "" : `\nFor the user: ${approval.link}`;
  const whole = (most: number): string => {
    const room = most - lines("").join("\n").length;
    return lines(clip(why, Math.min(170, room))).join("\n");
  };
  // A link that is cut leads nowhere; where there is no room for it beside a reason, it is in the data only.
  const fits = whole(TEXT_MAX).length - why.length + Math.min(why.length, 60) + link.length <= TEXT_MAX;
  return {
    text: fits ? `${whole(TEXT_MAX - link.length)}${link}` : whole(TEXT_MAX),
    decision: {
      effect: "hold",
      rule: rule.rule,
      retryable: true,
      ref,
      ...(approval !== undefined && {
        approval: { ...approval, expires: new Date(approval.expires).toISOString() },
      }),
      alternatives: instead === undefined ? [] : [instead],
    },
  };
}

/** Whether the server may have acted before it failed: the honest half of a failure's text. */
const MAY_HAVE_RUN: Partial<Record<FaultCode, true>> = {
  "upstream-failed": true,
  "upstream-timeout": true,
  "upstream-gone": true,
  "upstream-garbled": true,
};

/** What a server's failure says. */
export function wordsOfFault(fault: Fault, call: Call): Words {
  const ref = decisionId(call.id);
  const ran = MAY_HAVE_RUN[fault.code] === true;
  const lines = [
    `UNAVAILABLE — ${clip(fault.message, 200)}`,
    subject(call),
    ran
      ? "It was not confirmed whether the action ran: check before you call it again."
      : "The call has not run. You may try again later; do not retry in a loop.",
    "You can: tell the user that this server is not available, and continue with other work.",
    `Ref: ${ref}`,
  ];
  return {
    text: lines.join("\n"),
    decision: { effect: "unavailable", rule: fault.code, retryable: !ran, ref, alternatives: [] },
  };
}

/**
 * The response body for a refusal: a tool result the model can read for tools, an error in application space for
 * methods that have no `isError`, and for a hidden target exactly what an unknown one gets.
 */
export function refusalBody(
  refusal: Refusal,
  call: Call,
  toolResult: (text: string, meta: JsonObject) => JsonObject,
): Body {
  if (refusal.kind === "deny" && refusal.cause.kind === "hidden") return unknownTarget(call);
  return spoken(wordsOf(refusal, call), REFUSED, call, toolResult);
}

/** The response body for a fault while a call was under way. */
export function faultBody(
  fault: Fault,
  call: Call,
  toolResult: (text: string, meta: JsonObject) => JsonObject,
): Body {
  if (fault.code === "internal") {
    return { kind: "error", code: FAULTS.internal.rpc, message: `Internal error (ref ${call.id})` };
  }
  if (!fault.code.startsWith("upstream-")) {
    return { kind: "error", code: FAULTS[fault.code].rpc, message: fault.message };
  }
  return spoken(wordsOfFault(fault, call), FAULTS[fault.code].rpc, call, toolResult);
}

function spoken(
  words: Words,
  code: number,
  call: Call,
  toolResult: (text: string, meta: JsonObject) => JsonObject,
): Body {
  const meta = { [DECISION_KEY]: words.decision };
  return call.method === "tools/call"
    ? { kind: "result", result: toolResult(words.text, meta) }
    : { kind: "error", code, message: words.text, data: meta };
}

/** What a target that does not exist for this principal gets: no word differs between "hidden" and "unknown". */
function unknownTarget(call: Call): Body {
  const name = clip(targetName(call.target) ?? call.method, 200);
  const noun = call.target.kind === "none" ? "method" : call.target.kind;
  const resource = noun === "resource" && call.era === "legacy";
  return {
    kind: "error",
    code: resource ? -32002 : FAULTS["invalid-params"].rpc,
    message: noun === "resource" ? `Resource not found: ${name}` : `Unknown ${noun}: ${name}`,
  };
}
