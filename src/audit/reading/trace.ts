import type { ApprovalId, CallId, Instant } from "../../call/id.ts";
import type { Approval } from "../../store/approvals.ts";
import type { CallRecord, Store } from "../../store/store.ts";
import { keptText, stepsOf, text } from "./entry.ts";
import { readPage } from "./page.ts";

/** One thing that happened to a call, and by whom. */
export interface TraceStep {
  readonly at: Instant;
  readonly step: "request" | "stage" | "decision" | "question" | "people" | "result" | "act";
  /** The id of what is told: of the call, the question or the act. */
  readonly id: string;
  readonly by: string;
  readonly what: string;
}

type Rows = ReturnType<Store["forTenant"]>;

const MOST_ACTS = 200;

function ofCall({ opened, closed, status }: CallRecord, reasons: boolean): readonly TraceStep[] {
  const { call: id, at, principal } = opened;
  const name = opened.target === "" ? opened.method : `${opened.method} ${opened.target}`;
  const stages = stepsOf(opened.detail);
  const ended: TraceStep[] =
    closed === undefined
      ? []
      : [
          {
            at: closed.at,
            step: "result",
            id,
            by: opened.server === "" ? "portcullis" : opened.server,
            what: `${status}, ${closed.size_bytes} bytes${closed.answer_digest === "" ? "" : `, ${closed.answer_digest}`}`,
          },
        ];
  return [
    {
      at,
      step: "request",
      id,
      by: principal,
      what: `${name} on ${opened.server}, arguments ${opened.args_digest}`,
    },
    ...stages.map(
      (step): TraceStep => ({
        at,
        step: "stage",
        id,
        by: text(step["stage"]) ?? "",
        what: [step["said"], reasons ? step["why"] : undefined]
          .filter((each) => typeof each === "string")
          .join(": "),
      }),
    ),
    {
      at,
      step: "decision",
      id,
      by: "portcullis",
      what: `${opened.verdict} by rule ${opened.rule} of ${opened.policy_version}`,
    },
    ...ended,
  ];
}

function ofApproval({ question, acts }: Approval, reasons: boolean): readonly TraceStep[] {
  const asked = question.asks.map(({ rule }) => rule).join(", ");
  return [
    {
      at: question.at,
      step: "question",
      id: question.id,
      by: question.principal,
      what: `asked for rule ${asked}`,
    },
    ...acts.map(
      ({ at, by, deed, reason }): TraceStep => ({
        at,
        step: "people",
        id: question.id,
        by: by.id,
        what: reason === "" || !reasons ? deed.kind : `${deed.kind}: ${reason}`,
      }),
    ),
  ];
}

/** The calls that a question is of: the one that asked, and the one that ran. */
function callsOf({ question, acts }: Approval): readonly CallId[] {
  const used = acts.flatMap(({ deed }) => (deed.kind === "use" ? [deed.call] : []));
  return [...(question.call === undefined ? [] : [question.call]), ...used];
}

async function whatWasDone(
  rows: Rows,
  since: Instant,
  ids: ReadonlySet<string>,
): Promise<readonly TraceStep[]> {
  const found: TraceStep[] = [];
  for (const id of ids) {
    const page = await readPage(rows, { kinds: "acts", since, text: id, order: "oldest" }, MOST_ACTS);
    for (const { record } of page.items) {
      if ("opened" in record) continue;
      const { act } = record;
      const what = `${act.action} ${act.object}, ${act.outcome}`;
      found.push({ at: act.at, step: "act", id: act.id, by: act.principal, what });
    }
  }
  return found;
}

/**
 * All that is on record of a call, or of a question to people and its calls, by time: who asked, what each stage and the
 * policy said, what people did (and why, with `reasons`), how it ended, and administrative acts that name it. Undefined where nothing of that id is there.
 */
export async function trace(
  rows: Rows,
  id: CallId | ApprovalId,
  reasons = true,
): Promise<{ readonly calls: readonly CallRecord[]; readonly steps: readonly TraceStep[] } | undefined> {
  const first = id.startsWith("call_") ? await rows.journal.get(id as CallId) : undefined;
  const asked = first === undefined ? id : keptText(first, "approval");
  const approval = asked?.startsWith("apr_") ? await rows.approvals.get(asked as ApprovalId) : undefined;
  if (first === undefined && approval === undefined) return undefined;
  const ids = new Set<CallId>([
    ...(first === undefined ? [] : [first.opened.call]),
    ...(approval === undefined ? [] : callsOf(approval)),
  ]);
  const calls = (await Promise.all([...ids].map((each) => rows.journal.get(each)))).filter(
    (each) => each !== undefined,
  );
  const told = [
    ...calls.flatMap((call) => ofCall(call, reasons)),
    ...(approval === undefined ? [] : ofApproval(approval, reasons)),
  ];
  const since = Math.min(...told.map(({ at }) => at));
  const named = new Set<string>([...ids, ...(approval === undefined ? [] : [approval.question.id])]);
  const acts = await whatWasDone(rows, since, named);
  // What is of one moment stays in the order of the path.
  return { calls, steps: [...told, ...acts].toSorted((a, b) => a.at - b.at) };
}
