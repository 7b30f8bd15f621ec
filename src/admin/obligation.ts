import type { Ask } from "../call/ask.ts";
import type { Charge } from "../call/charge.ts";
import type { JsonPath } from "../call/json.ts";
import type { Edit, Hold, Verdict } from "../call/verdict.ts";
import type { Obligation } from "./shapes.ts";

function limitOf({ rule, says, amount, most, enforcement }: Charge): Obligation {
  return { type: "limit", rule, says, amount, most, enforcement };
}

function approvalOf(
  { rule, approvers, quorum, within_ms, requester_may_approve }: Ask,
  asked: Hold["approval"],
): Obligation {
  return {
    type: "approval",
    rule,
    approvers: [...approvers],
    quorum,
    within_ms,
    requester_may_approve,
    ...(asked && { approval_id: asked.id, expires: new Date(asked.expires).toISOString() }),
  };
}

/** A path as a JSON Pointer (RFC 6901). */
export function pointerOf(path: JsonPath): string {
  return path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function rewriteOf(edit: Edit): Obligation {
  const pointer = pointerOf(edit.path);
  switch (edit.kind) {
    case "set":
      return { type: "rewrite", act: "set", pointer, value: edit.to };
    case "remove":
      return { type: "rewrite", act: "remove", pointer };
    case "swap":
      return { type: "rewrite", act: "swap", pointer, parts: edit.parts.map((part) => ({ ...part })) };
  }
}

/** What whoever acts on a verdict has to do beside it: changes in their order, limits that count, people to wait for. */
export function obligationsOf(verdict: Verdict, edits: readonly (readonly Edit[])[]): Obligation[] {
  if (verdict.kind === "deny") return [];
  return [
    ...edits.flat().map(rewriteOf),
    ...(verdict.kind === "hold" ? verdict.asks.map((ask) => approvalOf(ask, verdict.approval)) : []),
    ...(verdict.charges ?? []).map(limitOf),
  ];
}
