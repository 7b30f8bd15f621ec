import type { Answer } from "../call/answer.ts";
import type { Call } from "../call/call.ts";
import type { Duties } from "../call/guard.ts";
import type { JsonObject } from "../call/json.ts";
import type { Deny, Finding } from "../call/verdict.ts";
import type { Guards } from "../detect/guarding.ts";
import type { Whole } from "../detect/outsider.ts";
import { PASS, type Ruling, type Stage } from "../pipeline/stage.ts";
import { masksOfCall, masksOfAnswer } from "./inspect-apply.ts";
import { detailOf, type Report, stoppedBy } from "./inspect-detail.ts";
import { findingsOf, type Judged, judgedBy, refusalOf } from "./inspect-judge.ts";
import { lessOf, poisonedBy } from "./inspect-list.ts";
import type { Missed } from "./inspect-pool.ts";
import { tailing } from "./inspect-tail.ts";
import { GUARDS } from "./order.ts";
import { isGreeting, itemsOf, type Texts, textsOfAnswer, textsOfCall } from "./inspect-texts.ts";
import type { Tokens } from "./inspect-tokens.ts";
import { wholeOfAnswer, wholeOfCall } from "./inspect-whole.ts";
import type { Inspector, Seen } from "./inspector.ts";

/** What guards look at, and who tells them what to do. */
export interface Guarded {
  readonly inspector: Inspector;
  readonly tokens: Tokens;
  /** What policy wants of guards for a call. */
  readonly duties: (call: Call) => Duties | Deny | undefined;
  /** Guards that must run for what policy wants. */
  readonly also: ReadonlySet<string>;
  /** Kinds of data that a server gets in plain. */
  readonly entitled: (server: string) => readonly string[];
  /** What the server says of the tool or prompt that is called, as it is listed. */
  readonly definitionOf: (call: Call) => JsonObject | undefined;
  /** Whether the record may hold what was found, in part. */
  readonly excerpts: boolean;
  /** Hears of what was found, and why something was not looked at, where no record of a call is kept: in lists, greetings and on the way. */
  readonly noticed: (call: Call, method: string, findings: readonly Finding[], unlooked?: string) => void;
}

/** Continues at once where nothing has to be waited for. */
function next<T, R>(value: T | Promise<T>, then: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(then) : then(value);
}

/**
 * The guards: they look at arguments on the way to the server and at everything that comes back. A finding that blocks stops the
 * message, one that masks puts a mark in the place of the data, and every finding of a call is there for the judge. What could not be
 * looked at is said in the trail, and stops the message where the guard says so.
 */
export function guarded(of: Guarded): Stage {
  const { inspector, duties, also } = of;
  const owed = new Map<Call["id"], Duties | undefined>();
  const tails = tailing();

  const look = (
    { principal }: Call,
    texts: Texts,
    guards: Guards,
    whole: () => Whole,
  ): Seen | Promise<Seen | Missed> => inspector.look(principal.tenant, texts.leaves, guards, also, whole);

  /** What a policy wants is what it wanted of the call as it came: its arguments may have been masked since. */
  const wanted = (call: Call): Duties | Deny | undefined =>
    owed.has(call.id) ? owed.get(call.id) : duties(call);

  return {
    name: GUARDS,
    broken: "stop",
    before(call) {
      const wants = call.during === undefined ? duties(call) : wanted(call.during);
      if (wants !== undefined && "kind" in wants) return { kind: "stop", refusal: wants };
      return next(inspector.guards(also), (guards) =>
        next(poisonedBy(of, call, guards), (poisoned) => {
          if (poisoned !== undefined) return { kind: "stop", refusal: poisoned };
          const texts = textsOfCall(call);
          if (texts.leaves.length === 0 && !texts.left && inspector.whole !== true) return PASS;
          return next(
            look(call, texts, guards, () => wholeOfCall(call)),
            (seen): Ruling | Promise<Ruling> => {
              const judged = judgments({ texts, seen, guards }, wants, "arguments", of.entitled(call.server));
              const ruling = masksOfCall(of, call, { texts, seen, guards }, judged);
              return next(ruling, (said) => {
                if (said.kind === "rewrite" && wants !== undefined) keep(owed, call.id, wants);
                return said;
              });
            },
          );
        }),
      );
    },
    after(answer, call) {
      const wants = wanted(call);
      if (wants !== undefined && "kind" in wants) return { kind: "stop", refusal: wants };
      const texts = tails.after(call, answer, textsOfAnswer(answer, call));
      const whole = inspector.whole === true && answer.kind !== "aside";
      if (texts.leaves.length === 0 && texts.binary.length === 0 && !texts.left && !whole) return PASS;
      return next(inspector.guards(also), (guards) =>
        next(
          look(call, texts, guards, () => wholeOfAnswer(answer, call)),
          (seen) => {
            const report = { texts, seen, guards };
            const judged = judgments(report, wants, "results", []);
            return next(answered(of, call, answer, report, judged), (ruling) => {
              if (ruling.kind !== "stop") tails.passed(call, answer, texts);
              return ruling;
            });
          },
        ),
      );
    },
  };
}

function judgments(
  { texts, seen, guards }: Report,
  owed: Duties | undefined,
  direction: "arguments" | "results",
  entitled: readonly string[],
): readonly Judged[] {
  if (typeof seen === "string") return [];
  return judgedBy(seen.sightings, texts.leaves, { guards, owed, direction, entitled });
}

/** Calls whose answers are still to be masked as their policy had it. */
const OWED_MOST = 4_096;

function keep(owed: Map<Call["id"], Duties | undefined>, id: Call["id"], wants: Duties): void {
  const [oldest] = owed.size >= OWED_MOST ? owed.keys() : [];
  if (oldest !== undefined) owed.delete(oldest);
  owed.set(id, wants);
}

/** What becomes of something that came back. */
function answered(
  of: Guarded,
  call: Call,
  answer: Answer,
  report: Report,
  judged: readonly Judged[],
): Ruling | Promise<Ruling> {
  const unjournalled =
    answer.kind === "aside" || itemsOf(call.method) !== undefined || isGreeting(call.method);
  const findings = findingsOf(judged, of.excerpts);
  const serious = findings.filter(({ action }) => action !== "note");
  const unlooked = stoppedBy(report, "answer");
  if (unjournalled && (serious.length > 0 || unlooked !== undefined))
    of.noticed(call, answer.kind === "aside" ? answer.method : call.method, serious, unlooked?.why);
  if (answer.kind === "result" && (itemsOf(call.method) !== undefined || isGreeting(call.method)))
    return lessOf(call, report, judged);
  const blocked = judged.some(({ action }) => action === "block") ? refusalOf(judged, "answer") : undefined;
  const refusal = blocked ?? unlooked;
  if (refusal !== undefined) return { kind: "stop", refusal, findings, detail: detailOf(report, {}) };
  return masksOfAnswer(of, call, answer, report, judged, findings);
}
