import { randomUUID } from "node:crypto";
import type { Call } from "../../call/call.ts";
import { isObject, type JsonObject, member } from "../../call/json.ts";
import type { Principal } from "../../call/principal.ts";
import type { Edit, Finding } from "../../call/verdict.ts";
import { inspect } from "../../pipeline/decide.ts";
import type { Step } from "../../pipeline/stage.ts";
import { columnOf } from "../../stages/order.ts";
import { CODECS } from "../../wire/codecs.ts";
import { decode, type Frame } from "../../wire/frame.ts";
import { asOf } from "../as-of.ts";
import { editFrame, rewriteAnswer } from "../call.ts";
import type { Gate } from "../gate.ts";
import { DECISION_KEY, wordsOf } from "../refuse.ts";
import { followed, listed, type Origin, type Ownership } from "./tasks.ts";

/** Whose the task is that a call is about; undefined where it is about none. */
export function ownershipOf(
  gate: Gate,
  { target, principal, server }: Call,
): undefined | Promise<Ownership | undefined> {
  if (target.kind !== "task" || gate.mode === "observe") return undefined;
  const { id } = target;
  return gate.tasks
    .find(principal, id, server)
    .then(([origin]) =>
      origin === undefined ? { kind: "none", id, nobody: randomUUID() } : { kind: "own", origin },
    );
}

/** A request as its server is to see it. */
export function veiled(ownership: Ownership | undefined, frame: Frame): Frame {
  if (ownership?.kind !== "none") return frame;
  return frame.edit([{ kind: "set", path: ["params", "taskId"], to: ownership.nobody }]);
}

/** What the server says to that, with the id that the client asked for. */
export function unveiled({ bounds }: Gate, ownership: Ownership | undefined, frame: Frame): Frame {
  if (ownership?.kind !== "none") return frame;
  const { id, nobody } = ownership;
  const text = frame.bytes.toString("utf8");
  if (!text.includes(nobody)) return frame;
  const bytes = Buffer.from(text.replaceAll(nobody, () => JSON.stringify(id).slice(1, -1)));
  return decode(bytes, { ...bounds, bytes: Math.max(bounds.bytes, bytes.length) });
}

/** A `subscriptions/listen` that asks to follow tasks, less those that are not the principal's own at that server. */
export function followingOwn(
  gate: Gate,
  principal: Principal,
  server: string,
  frame: Frame,
): Frame | Promise<Frame> {
  const { message } = frame;
  if (gate.mode === "observe" || message.kind !== "request" || message.method !== "subscriptions/listen")
    return frame;
  const asked = followed(message.params);
  if (asked === undefined) return frame;
  return gate.tasks.own(principal, server, asked.ids).then((own) => {
    const kept = asked.ids.filter((id) => own.has(id));
    return kept.length === asked.entries
      ? frame
      : frame.edit([{ kind: "set", path: ["params", "notifications", "taskIds"], to: kept }]);
  });
}

/** A `tasks/list` result, less the tasks that are not the principal's own. */
export function listingOwn(gate: Gate, call: Call, frame: Frame): Frame | Promise<Frame> {
  const { message } = frame;
  if (gate.mode === "observe" || call.method !== "tasks/list" || message.kind !== "result") return frame;
  return lessOthers(gate, call, frame, message.result);
}

async function lessOthers(
  gate: Gate,
  { principal, server }: Call,
  frame: Frame,
  result: JsonObject,
): Promise<Frame> {
  const ids = listed(result);
  const own = await gate.tasks.own(
    principal,
    server,
    ids.filter((id) => id !== undefined),
  );
  const others = ids.flatMap((id, index): Edit[] =>
    id !== undefined && own.has(id) ? [] : [{ kind: "remove", path: ["result", "tasks", index] }],
  );
  return others.length === 0 ? frame : frame.edit(others);
}

/**
 * A server's notice of a task, for a listener who began it: what it carries was inspected. Undefined for anybody else,
 * and where nobody can say whose it is.
 */
export async function toOwner(gate: Gate, call: Call, frame: Frame): Promise<Frame | undefined> {
  const id = frame.message.kind === "notification" ? member(frame.message.params, "taskId") : undefined;
  if (typeof id !== "string") return undefined;
  try {
    const [own] = await gate.tasks.find(call.principal, id, call.server);
    return own === undefined
      ? undefined
      : (await carried(asOf(gate, call.principal), call, own, frame, "params")).frame;
  } catch (error) {
    gate.log.warn({ server: call.server, err: error }, "whose a task is could not be looked up");
    return undefined;
  }
}

/** The call whose answer a task gives in the end. */
export function begunBy(call: Call, { method, target }: Origin): Call {
  return { ...call, method, target };
}

/** What was found of the answer inside a task's state. */
interface Carried {
  readonly frame: Frame;
  readonly stopped: boolean;
  readonly findings: readonly Finding[];
  readonly trail: readonly Step[];
}

/**
 * The `result` or `error` that a task's state carries (`tasks/get` and `notifications/tasks` of SEP-2663), seen by the
 * stages that would have seen it as the direct answer. `under` is where the state stands in the message.
 */
export async function carried(
  gate: Gate,
  call: Call,
  origin: Origin,
  frame: Frame,
  under: "result" | "params",
): Promise<Carried> {
  const { message } = frame;
  const state =
    message.kind === "result" ? message.result : message.kind === "notification" ? message.params : undefined;
  const result = member(state, "result");
  const error = member(state, "error");
  const seen = begunBy(call, origin);
  const chain = gate.order[columnOf(seen.method)];
  const nothing: Carried = { frame, stopped: false, findings: [], trail: [] };
  if (gate.mode === "observe" || chain.after.length === 0) return nothing;
  if (isObject(result)) {
    const said = await inspect({ kind: "result", result }, seen, chain, rewriteAnswer, gate.ticks);
    if (said.kind === "pass") {
      const inside = said.edits.map((edits) =>
        edits.map((edit) => ({ ...edit, path: ["result", ...edit.path] })),
      );
      return {
        frame: editFrame(frame, under, inside),
        stopped: false,
        findings: said.findings,
        trail: said.trail,
      };
    }
    const { text, decision } = wordsOf(said.refusal, seen);
    const to = CODECS[call.era].refusalResult(text, { [DECISION_KEY]: decision });
    return {
      frame: frame.edit([{ kind: "set", path: [under, "result"], to }]),
      stopped: true,
      findings: said.findings,
      trail: said.trail,
    };
  }
  const code = member(error, "code");
  const words = member(error, "message");
  if (typeof code !== "number" || typeof words !== "string") return nothing;
  const data = member(error, "data");
  const failure = { kind: "error", code, message: words, ...(data !== undefined && { data }) } as const;
  const said = await inspect(failure, seen, chain, rewriteAnswer, gate.ticks);
  if (said.kind === "pass") {
    const inside = said.edits.map((edits) =>
      edits.map((edit) => ({ ...edit, path: ["error", ...edit.path] })),
    );
    return { ...nothing, frame: editFrame(frame, under, inside), findings: said.findings, trail: said.trail };
  }
  const to = { code, message: wordsOf(said.refusal, seen).text };
  return {
    frame: frame.edit([{ kind: "set", path: [under, "error"], to }]),
    stopped: true,
    findings: said.findings,
    trail: said.trail,
  };
}
