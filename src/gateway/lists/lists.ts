import type { Call } from "../../call/call.ts";
import { Fault } from "../../call/fault.ts";
import type { JsonObject } from "../../call/json.ts";
import { whose } from "../../call/principal.ts";
import { inspect } from "../../pipeline/decide.ts";
import type { WireHeaders } from "../../upstream/leg.ts";
import { toAnswer } from "../../wire/codec.ts";
import { CODECS } from "../../wire/codecs.ts";
import { type Frame, frameOf } from "../../wire/frame.ts";
import { mirrored } from "../../wire/headers.ts";
import type { Asking, RequestMessage } from "../addresses/address.ts";
import { together } from "../addresses/together.ts";
import { asOf } from "../as-of.ts";
import { callOf, editFrame, rewriteAnswer } from "../call.ts";
import { type Conversation, overLeg } from "../conversation.ts";
import type { Gate } from "../gate.ts";
import { refusalBody } from "../refuse.ts";
import { itemsOf, LISTS, type ListMethod, type Shelf } from "./catalogue.ts";
import { type Sharing, sharing } from "./sharing.ts";

/** What one list may have: a server that never stops is cut there. */
const PAGES = 64;
const BYTES = 16 * 1024 * 1024;
const ITEMS = 10_000;

/** A page of a server's list as the principal may see it. */
export async function filtered(
  gate: Gate,
  conversation: Conversation,
  server: string,
  asked: RequestMessage,
  page: Frame,
): Promise<Frame> {
  const { order } = asOf(gate, conversation.principal);
  if (page.message.kind !== "result" || order.lists.after.length === 0) return page;
  const call: Call = callOf(gate, conversation, page, asked, server);
  const codec = CODECS[conversation.era];
  const inspection = await inspect(toAnswer(page.message), call, order.lists, rewriteAnswer, gate.ticks);
  // Who only watches hands on what came.
  if (gate.mode === "observe") return page;
  if (inspection.kind === "stop")
    return frameOf({ ...refusalBody(inspection.refusal, call, codec.refusalResult), id: asked.id });
  if (inspection.edits.length === 0) return page;
  const less = editFrame(page, "result", inspection.edits);
  return less.message.kind === "result"
    ? editFrame(less, "result", [codec.markPrivate(less.message.result)])
    : less;
}

/** Learns a list that came whole. */
export function learn(
  gate: Gate,
  { principal }: Conversation,
  server: string,
  method: ListMethod,
  pages: readonly Frame[],
): Shelf["items"] {
  const items = new Map(
    pages.flatMap(({ message }) => (message.kind === "result" ? [...itemsOf(method, message.result)] : [])),
  );
  gate.catalogue.learn(server, whose(principal), method, items);
  return items;
}

type Asker = Pick<Asking, "conversation" | "message" | "headers" | "signal">;

/** Reads under way, for each gate. */
const reads = new WeakMap<Gate, Sharing<Shelf["items"]>>();

/** One read of a list at a time for each principal, however many of its requests need it. */
function read(gate: Gate, asker: Asker, server: string, method: ListMethod): Promise<Shelf["items"]> {
  const shared = reads.get(gate) ?? sharing<Shelf["items"]>();
  reads.set(gate, shared);
  const { conversation } = asker;
  return shared(`${server}\n${whose(conversation.principal)}\n${method}`, asker.signal, async (signal) => {
    const pages = await Array.fromAsync(pagesOf(gate, { ...asker, signal }, server, method));
    return learn(gate, conversation, server, method, pages);
  });
}

/**
 * A server's whole list, asked for by the gate itself where it is not known. A server that answers without one has an
 * empty list; of one that cannot be reached the last known is taken, so that names stay what they were.
 */
export async function wholeList(
  gate: Gate,
  asker: Asker,
  server: string,
  method: ListMethod,
): Promise<Shelf["items"]> {
  const { conversation } = asker;
  const known = gate.catalogue.shelf(server, whose(conversation.principal), method);
  if (known !== undefined) return known.items;
  try {
    const alone = gate.servers.size === 1;
    const reading = (): Promise<Shelf["items"]> => read(gate, asker, server, method);
    return await (alone ? reading() : together(gate, server, reading));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    gate.log.warn({ server, method, fault: error.code, detail: error.detail }, "a list could not be read");
    return gate.catalogue.remembered(server, whose(conversation.principal), method);
  }
}

let asked = 0;

/**
 * The pages of a server's list, each as the frame that came. The first answer that is no result ends them, and so does
 * a page with which the list would be larger than a list may be.
 */
export async function* pagesOf(
  gate: Gate,
  { conversation, message, headers, signal }: Asker,
  server: string,
  method: ListMethod,
): AsyncGenerator<Frame> {
  let cursor: JsonObject = {};
  let bytes = 0;
  let items = 0;
  for (let page = 0; page < PAGES; page += 1) {
    asked += 1;
    const meta =
      conversation.era === "modern" && message.params["_meta"] !== undefined
        ? { _meta: message.params["_meta"] }
        : {};
    const frame = frameOf({
      kind: "request",
      id: `portcullis:${asked}`,
      method,
      params: { ...meta, ...cursor },
    });
    const fields = listHeaders(conversation, headers, frame);
    const ending = await overLeg(gate, conversation, server, (leg) =>
      leg.ask(frame, fields, () => undefined, signal),
    );
    if (ending.kind !== "answer") return;
    bytes += ending.frame.bytes.length;
    items += countOf(method, ending.frame);
    if (bytes > BYTES || items > ITEMS) {
      gate.log.warn(
        { server, method, page, bytes, items },
        "a list is longer than is read: cut before this page",
      );
      return;
    }
    yield ending.frame;
    const next =
      ending.frame.message.kind === "result" ? ending.frame.message.result["nextCursor"] : undefined;
    if (typeof next !== "string") return;
    cursor = { cursor: next };
  }
  gate.log.warn({ server, method, pages: PAGES }, "a list has more pages than are read");
}

/**
 * Has a server answer something harmless, so that a resource it may not be asked about takes the time, and meets the
 * failures, of one that it does not have. Rejects as a request to it does.
 */
export async function askIdly(
  gate: Gate,
  { conversation, message, headers, signal }: Asker,
  { target, server }: Call,
): Promise<void> {
  if (target.kind !== "resource") return;
  asked += 1;
  const modern = conversation.era === "modern";
  const frame = frameOf({
    kind: "request",
    id: `portcullis:${asked}`,
    method: modern ? "server/discover" : "ping",
    params: modern ? { _meta: message.params["_meta"] } : {},
  });
  const fields = listHeaders(conversation, headers, frame);
  await overLeg(gate, conversation, server, (leg) => leg.ask(frame, fields, () => undefined, signal));
}

function countOf(method: ListMethod, { message }: Frame): number {
  const list = message.kind === "result" ? message.result[LISTS[method].items] : undefined;
  return Array.isArray(list) ? list.length : 0;
}

function listHeaders(conversation: Conversation, headers: WireHeaders, frame: Frame): WireHeaders {
  return conversation.era === "modern"
    ? { "mcp-protocol-version": headers["mcp-protocol-version"], ...mirrored(frame) }
    : {};
}

/** The notifications that say a list is no longer what it was. */
const CHANGES: Readonly<Record<string, readonly ListMethod[]>> = {
  "notifications/tools/list_changed": ["tools/list"],
  "notifications/prompts/list_changed": ["prompts/list"],
  "notifications/resources/list_changed": ["resources/list", "resources/templates/list"],
};

export function noteChange(gate: Gate, server: string, method: string): void {
  for (const list of CHANGES[method] ?? []) gate.catalogue.forget(server, list);
}
