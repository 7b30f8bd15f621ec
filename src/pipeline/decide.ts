import type { Answer } from "../call/answer.ts";
import type { Call } from "../call/call.ts";
import type { Edit } from "../call/verdict.ts";
import { fold } from "./fold.ts";
import type { Decision, Inspection, Judge, Stage } from "./stage.ts";

/** How edits change a value; the same edits then change its bytes. */
export interface Applied {
  readonly toCall: (call: Call, edits: readonly Edit[]) => Call;
  readonly toAnswer: (answer: Answer, edits: readonly Edit[]) => Answer;
}

/** Stages first, judge last: what is judged is what is sent. `now` gives milliseconds with a fraction. */
export async function decide(
  call: Call,
  stages: readonly Stage[],
  judge: Judge,
  apply: Applied["toCall"],
  now: () => number,
): Promise<Decision> {
  const turns = stages.flatMap(({ name, broken, before }) =>
    before === undefined ? [] : [{ stage: name, broken, rule: before }],
  );
  const { value, edits, stopped, findings, trail } = await fold(call, turns, apply, now);
  const began = now();
  const verdict = stopped ?? judge(value, findings);
  const step = { stage: "policy", said: verdict.kind, us: Math.round((now() - began) * 1000) };
  return { call: value, edits, verdict, findings, trail: stopped === undefined ? [...trail, step] : trail };
}

/** The way back: every stage that looks at answers, in the same order, each seeing what the ones before it made. */
export async function inspect(
  answer: Answer,
  call: Call,
  stages: readonly Stage[],
  apply: Applied["toAnswer"],
  now: () => number,
): Promise<Inspection> {
  const turns = stages.flatMap(({ name, broken, after }) =>
    after === undefined ? [] : [{ stage: name, broken, rule: (seen: Answer) => after(seen, call) }],
  );
  const { edits, stopped, trail } = await fold(answer, turns, apply, now);
  return stopped === undefined ? { kind: "pass", edits, trail } : { kind: "stop", refusal: stopped, trail };
}
