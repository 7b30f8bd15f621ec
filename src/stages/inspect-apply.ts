import type { Answer } from "../call/answer.ts";
import type { Call } from "../call/call.ts";
import { type Json, type JsonObject, type JsonPath, member } from "../call/json.ts";
import type { Edit, Finding } from "../call/verdict.ts";
import type { Ruling } from "../pipeline/stage.ts";
import type { Guarded } from "./inspect.ts";
import { withheldOf } from "./inspect-answers.ts";
import { detailOf, type Report, stoppedBy } from "./inspect-detail.ts";
import type { Leaf } from "../detect/fields.ts";
import { findingsOf, type Judged, maskKindOf, placeOf, refusalOf } from "./inspect-judge.ts";
import { maskEdits, type Masking } from "./inspect-mask.ts";
import { addressMark, isFormed, markOf, type Told, tokensIn, unnamed } from "./inspect-tokens.ts";

/** How many of each kind were masked. */
function counted(judged: readonly Judged[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { found, action } of judged) {
    const kind = action === "mask" ? maskKindOf(found) : undefined;
    if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

function isMasked({ action }: Judged): boolean {
  return action === "mask";
}

/** A token that its server may have in plain is kept; one that nobody knows stops the call, for it would be sent as it is. */
async function unknownAmong(
  { tokens }: Guarded,
  { principal }: Call,
  told: readonly Told[],
): Promise<Told | undefined> {
  for (const each of told) if ((await tokens.plain(principal, each.kind, each.id)) === undefined) return each;
  return undefined;
}

function unknownToken({ leaf, kind }: Told): Ruling {
  const place = placeOf(leaf.field.path);
  return {
    kind: "stop",
    refusal: {
      kind: "deny",
      rule: { source: "guard", rule: "masks" },
      cause: { kind: "argument", path: place },
      why: `It holds a mark for a masked ${kind} that this gate never gave you, or has forgotten.`,
      instead: "Ask for the data again and use the mark that then stands in its place, exactly as it is.",
    },
  };
}

/**
 * Masks what goes to a server: data become marks without a way back, and marks that the server may not have lose their id. A user's
 * answer that is blocked becomes one that was closed.
 */
export function masksOfCall(
  of: Guarded,
  call: Call,
  report: Report,
  judged: readonly Judged[],
): Ruling | Promise<Ruling> {
  const { texts } = report;
  const findings = findingsOf(judged, of.excerpts);
  const entitled = of.entitled(call.server);
  const withheld = withheldOf(call, judged);
  const isGone = (leaf: Leaf): boolean => withheld?.has(leaf) === true;
  const told = tokensIn(texts.leaves).filter(({ leaf }) => !isGone(leaf));
  const isKept = ({ kind }: Told): boolean => entitled.includes(kind);
  const kept = told.filter(isKept);
  const left = judged.filter(({ leaf }) => !isGone(leaf));
  const masked = counted(left);
  const detail: JsonObject = {
    ...detailOf(report, masked),
    ...(told.length > 0 && { tokens: told.length }),
    ...(withheld !== undefined && withheld.keys.length > 0 && { withheld: withheld.keys.length }),
  };
  const refusal = withheld === undefined ? refusalOf(judged, "call") : stoppedBy(report, "call");
  if (refusal !== undefined) return { kind: "stop", refusal, findings, detail };
  const maskings = [
    ...told.filter((each) => !isKept(each)).map(unnamed),
    ...left.filter(isMasked).map(({ found, leaf }): Masking => {
      const kind = maskKindOf(found) ?? "data";
      return { leaf, from: found.span.from, until: found.span.until, to: () => markOf(kind) };
    }),
  ];
  const edits = [...(withheld?.edits ?? []), ...maskEdits(maskings, texts.leaves)];
  const ruling: Ruling =
    edits.length === 0 ? { kind: "pass", findings, detail } : { kind: "rewrite", edits, findings, detail };
  if (kept.length === 0) return ruling;
  return unknownAmong(of, call, kept).then((unknown) =>
    unknown === undefined ? ruling : unknownToken(unknown),
  );
}

/** Where a result says what was masked in it. */
const MASKED_KEY = "dev.portcullis/masked";

function said(masked: Readonly<Record<string, number>>): string {
  const parts = Object.entries(masked).map(([kind, count]) => `${count} ${kind.replaceAll("_", " ")}`);
  return `MASKED by the gate: ${parts.join(", ")}. A mark such as [EMAIL:…] stands for each; the same mark is the same value. Use marks as they are, and do not guess what they stand for.`;
}

/** What a result that was masked says of it: a text behind its others, and the same as data. */
function notes(answer: Answer, { method }: Call, masked: Readonly<Record<string, number>>): readonly Edit[] {
  if (answer.kind !== "result") return [];
  const meta: Edit = { kind: "set", path: ["_meta", MASKED_KEY], to: masked as Json };
  const content = method === "tools/call" ? member(answer.result, "content") : undefined;
  if (!Array.isArray(content)) return [meta];
  const note = { type: "text", text: said(masked) };
  return [{ kind: "set", path: ["content", content.length], to: note }, meta];
}

/** Masks what comes back: the same value has the same mark, which a server that may have it gets back in plain. */
export function masksOfAnswer(
  of: Guarded,
  call: Call,
  answer: Answer,
  report: Report,
  judged: readonly Judged[],
  findings: readonly Finding[],
): Ruling | Promise<Ruling> {
  const masked = counted(judged);
  const detail = detailOf(report, masked);
  const maskings = judged.filter(isMasked).map(({ found, leaf }): Masking => {
    const kind = maskKindOf(found) ?? "data";
    return {
      leaf,
      from: found.span.from,
      until: found.span.until,
      to: (value: string, path: JsonPath) => {
        const token = of.tokens.token(call.principal, kind, value);
        return kind === "email" && isFormed(path) ? addressMark(token) : markOf(kind, token);
      },
    };
  });
  const edits = maskEdits(maskings, report.texts.leaves);
  if (edits.length === 0) return { kind: "pass", findings, detail };
  const all = [...edits, ...notes(answer, call, masked)];
  const ruling: Ruling = { kind: "rewrite", edits: all, findings, detail };
  return of.tokens.kept().then(() => ruling);
}
