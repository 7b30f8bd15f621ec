import type { Answer } from "../call/answer.ts";
import type { Call } from "../call/call.ts";
import type { Edit } from "../call/verdict.ts";
import { fold, type Turn } from "./fold.ts";
import type { Decision, Inspection, Judge, Stage } from "./stage.ts";

/** How edits change a value; the same edits then change its bytes. */
export interface Applied {
  readonly toCall: (call: Call, edits: readonly Edit[]) => Call;
  readonly toAnswer: (answer: Answer, edits: readonly Edit[]) => Answer;
}

/** The stages of one kind of message, in their order: what each does on the way in, and on the way back. */
export interface Chain {
  readonly before: readonly Turn<Call>[];
  readonly after: readonly (Stage & Required<Pick<Stage, "after">>)[];
}

/** Worked out once, because it is asked for with every message. */
export function chain(stages: readonly Stage[]): Chain {
  return {
    before: stages.flatMap(({ name, broken, before }) =>
      before === undefined ? [] : [{ stage: name, broken, rule: before }],
    ),
    after: stages.flatMap((stage) => (stage.after === undefined ? [] : [{ ...stage, after: stage.after }])),
  };
}

/** Stages first, judge last: what is judged is what is sent. `now` gives milliseconds with a fraction. */
export async function decide(
  call: Call,
  { before }: Chain,
  judge: Judge,
  apply: Applied["toCall"],
  now: () => number,
): Promise<Decision> {
  const { value, edits, stopped, findings, trail } = await fold(call, before, apply, now);
  const began = now();
  const verdict = stopped ?? judge(value, findings);
  const step = { stage: "policy", said: verdict.kind, us: Math.round((now() - began) * 1000) };
  if (stopped === undefined) trail.push(step);
  return { call: value, edits, verdict, findings, trail };
}

/** The way back: every stage that looks at answers, in the same order, each seeing what the ones before it made. */
export async function inspect(
  answer: Answer,
  call: Call,
  chain: Chain,
  apply: Applied["toAnswer"],
  now: () => number,
): Promise<Inspection> {
  const turns = chain.after.map(({ name, broken, after }) => ({
    stage: name,
    broken,
    rule: (seen: Answer) => after(seen, call),
  }));
  const { edits, stopped, findings, trail } = await fold(answer, turns, apply, now);
  return stopped === undefined
    ? { kind: "pass", edits, findings, trail }
    : { kind: "stop", refusal: stopped, findings, trail };
}
