import { type Json, type JsonObject, member } from "../call/json.ts";
import type { Edit } from "../call/verdict.ts";
import type { Frame, RequestId } from "../wire/frame.ts";
import type { Remains } from "../wire/remains.ts";

/** `_meta` key under which everything on a subscription carries the id of the request that opened it (2026-07-28). */
const SUBSCRIPTION_ID = "io.modelcontextprotocol/subscriptionId";
/** `_meta` key that names the task a message belongs to (2025-11-25, tasks). */
const RELATED_TASK = "io.modelcontextprotocol/related-task";
const CHANGES: ReadonlySet<string> = new Set([
  "notifications/tools/list_changed",
  "notifications/prompts/list_changed",
  "notifications/resources/list_changed",
  "notifications/resources/updated",
]);
/** Ids whose answer nobody waits for any more but may yet come. */
const ABANDONED_MOST = 1024;
/** How long a server may go on about a request that was given up. */
const ABANDONED_MS = 30_000;

/** A request under way in a pipe. */
export interface Row<T> {
  readonly of: T;
  /** As the client gave it, and as the server knows it. They differ only where two requests had the same. */
  readonly id: RequestId;
  readonly wire_id: RequestId;
  readonly token: RequestId | undefined;
  readonly wire_token: RequestId | undefined;
  readonly subscription: boolean;
}

/** Whose a message of the server is. Its ids are the client's again. */
export type Routed<T> =
  | { readonly kind: "answer" | "beat" | "closing"; readonly row: Row<T>; readonly frame: Frame }
  /**
   * Nobody's in particular. Questions and log lines most likely belong to what is under way, other notices to the stream;
   * changes, in the modern era, to a subscription and to nothing else.
   */
  | { readonly kind: "stray"; readonly frame: Frame; readonly prefer: "ask" | "stream" | "subscription" }
  | { readonly kind: "nobody"; readonly why: string };

function idAt(value: Json | undefined, ...path: readonly string[]): RequestId | undefined {
  let at = value;
  for (const key of path) at = member(at, key);
  return typeof at === "string" || typeof at === "number" ? at : undefined;
}

function find<V>(map: ReadonlyMap<RequestId, V>, id: RequestId | undefined): V | undefined {
  return id === undefined ? undefined : map.get(id);
}

function keepNewest(ids: Set<RequestId>, id: RequestId): void {
  ids.add(id);
  const [oldest] = ids;
  if (ids.size > ABANDONED_MOST && oldest !== undefined) ids.delete(oldest);
}

const set = (path: readonly string[], to: RequestId): Edit => ({ kind: "set", path, to });

/** Gives the client's id back where the server's differs; otherwise the frame keeps its bytes. */
function back(
  frame: Frame,
  path: readonly string[],
  wire: RequestId | undefined,
  own: RequestId | undefined,
): Frame {
  return wire === own || own === undefined ? frame : frame.edit([set(path, own)]);
}

/**
 * Ids of one pipe, both ways (requirement 7: kept with their type; where two requests clash, mapped everywhere).
 * Where several clients share it, nothing is given to a request that may be about another.
 */
export class Table<T> {
  readonly #shared: boolean;
  readonly #rows = new Map<RequestId, Row<T>>();
  readonly #tokens = new Map<RequestId, Row<T>>();
  readonly #abandoned = new Set<RequestId>();
  readonly #abandoned_tokens = new Set<RequestId>();
  #abandoned_ms = Number.NEGATIVE_INFINITY;
  #fresh = 0;

  constructor(shared: boolean) {
    this.#shared = shared;
  }

  get rows(): ReadonlyMap<RequestId, Row<T>> {
    return this.#rows;
  }

  /** Enters a request; the frame given back is what to send. */
  open(frame: Frame, id: RequestId, of: T): { readonly row: Row<T>; readonly frame: Frame } {
    const { message } = frame;
    const params = message.kind === "request" ? message.params : undefined;
    const token = idAt(params, "_meta", "progressToken");
    const wire_id = this.#free(id, (name) => this.#rows.has(name) || this.#abandoned.has(name));
    const wire_token =
      token === undefined
        ? undefined
        : this.#free(token, (name) => this.#tokens.has(name) || this.#abandoned_tokens.has(name));
    const subscription = message.kind === "request" && message.method === "subscriptions/listen";
    const row: Row<T> = { of, id, wire_id, token, wire_token, subscription };
    this.#rows.set(wire_id, row);
    if (wire_token !== undefined) this.#tokens.set(wire_token, row);
    const edits: Edit[] = [];
    if (wire_id !== id) edits.push(set(["id"], wire_id));
    if (wire_token !== undefined && wire_token !== token) {
      edits.push(set(["params", "_meta", "progressToken"], wire_token));
    }
    return { row, frame: edits.length === 0 ? frame : frame.edit(edits) };
  }

  /** Takes a request out; `answered` is false where its answer may still come. */
  shut(row: Row<T>, answered: boolean): void {
    this.#rows.delete(row.wire_id);
    if (row.wire_token !== undefined) this.#tokens.delete(row.wire_token);
    if (answered) return;
    this.#abandoned_ms = performance.now();
    keepNewest(this.#abandoned, row.wire_id);
    if (row.wire_token !== undefined) keepNewest(this.#abandoned_tokens, row.wire_token);
  }

  /** Whose this message of the server is. */
  route(frame: Frame): Routed<T> {
    const { message } = frame;
    switch (message.kind) {
      case "result":
      case "error":
        return this.#answer(frame, message.id);
      case "request":
        return { kind: "stray", frame, prefer: "ask" };
      case "notification":
        return this.#notice(frame, message.method, message.params);
    }
  }

  /** A client's `notifications/cancelled`: what to send, and which request it names (the newest of that id). */
  cancel(frame: Frame): { readonly frame: Frame; readonly row: Row<T> | undefined } {
    const { message } = frame;
    const id = message.kind === "notification" ? idAt(message.params, "requestId") : undefined;
    let row: Row<T> | undefined;
    for (const candidate of this.#rows.values()) if (candidate.id === id) row = candidate;
    if (row === undefined || row.wire_id === row.id) return { row, frame };
    return { row, frame: frame.edit([set(["params", "requestId"], row.wire_id)]) };
  }

  /**
   * The request that most likely caused what names none; a subscription causes nothing. With one client it is the
   * newest; where several share the pipe, the only one, and none while the server may still speak of one given up.
   */
  likely(): Row<T> | undefined {
    const calls = [...this.#rows.values()].filter(({ subscription }) => !subscription);
    if (!this.#shared) return calls.at(-1);
    return calls.length === 1 && !this.#haunted ? calls[0] : undefined;
  }

  /**
   * Whose an answer is that cannot be read. One that names nobody is to the only request under way; undefined where it
   * could be to another.
   */
  meant(remains: Remains): Row<T> | undefined {
    if (remains.kind !== "answer") return undefined;
    if (remains.id !== undefined) return this.#rows.get(remains.id);
    const calls = [...this.#rows.values()].filter(({ subscription }) => !subscription);
    return calls.length === 1 && !this.#haunted ? calls[0] : undefined;
  }

  /** Whether the server may still speak of a request that was given up. */
  get #haunted(): boolean {
    return this.#abandoned.size > 0 && performance.now() - this.#abandoned_ms < ABANDONED_MS;
  }

  #free(id: RequestId, isTaken: (id: RequestId) => boolean): RequestId {
    let wire = id;
    while (isTaken(wire)) {
      this.#fresh += 1;
      wire = `portcullis-${this.#fresh}`;
    }
    return wire;
  }

  #answer(frame: Frame, id: RequestId | null): Routed<T> {
    const row = id === null ? undefined : this.#rows.get(id);
    if (row === undefined) {
      const late = id !== null && this.#abandoned.delete(id);
      return {
        kind: "nobody",
        why: late ? "an answer after its request was given up" : "an answer that nobody waits for",
      };
    }
    const named = back(frame, ["id"], row.wire_id, row.id);
    const { message } = frame;
    const tagged =
      message.kind === "result" && idAt(message.result, "_meta", SUBSCRIPTION_ID) === row.wire_id;
    const path = ["result", "_meta", SUBSCRIPTION_ID];
    return { kind: "answer", row, frame: tagged ? back(named, path, row.wire_id, row.id) : named };
  }

  #notice(frame: Frame, method: string, params: JsonObject): Routed<T> {
    const token = idAt(params, "progressToken");
    if (method === "notifications/progress" || (this.#shared && token !== undefined)) {
      const row = find(this.#tokens, token);
      if (row === undefined && this.#shared && token !== undefined)
        return { kind: "nobody", why: "progress of no request that is under way" };
      // A token outlives its request where that became a task (2025-11-25, tasks, progress).
      if (row === undefined) return { kind: "stray", frame, prefer: "stream" };
      return {
        kind: "beat",
        row,
        frame: back(frame, ["params", "progressToken"], row.wire_token, row.token),
      };
    }
    const subscription = idAt(params, "_meta", SUBSCRIPTION_ID);
    if (subscription !== undefined) {
      const row = this.#rows.get(subscription);
      if (row === undefined) return { kind: "nobody", why: "a notice of a subscription that is over" };
      return {
        kind: "beat",
        row,
        frame: back(frame, ["params", "_meta", SUBSCRIPTION_ID], row.wire_id, row.id),
      };
    }
    if (
      this.#shared &&
      (params["taskId"] !== undefined || member(params["_meta"], RELATED_TASK) !== undefined)
    )
      return { kind: "nobody", why: "a notice of a task that no subscription asked for" };
    if (method === "notifications/cancelled") {
      const row = find(this.#rows, idAt(params, "requestId"));
      // A server may only take back its own questions, and end a subscription.
      if (row?.subscription !== true) return { kind: "stray", frame, prefer: "ask" };
      return { kind: "closing", row, frame: back(frame, ["params", "requestId"], row.wire_id, row.id) };
    }
    if (CHANGES.has(method)) return { kind: "stray", frame, prefer: "subscription" };
    return { kind: "stray", frame, prefer: method === "notifications/message" ? "ask" : "stream" };
  }
}
