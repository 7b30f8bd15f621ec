import { randomBytes } from "node:crypto";
import { Fault } from "../../call/fault.ts";
import { type JsonObject, member } from "../../call/json.ts";
import type { Ending, Leg, WireHeaders } from "../../upstream/leg.ts";
import { spoken } from "../../upstream/spoken.ts";
import { type Frame, frameOf, type RequestId } from "../../wire/frame.ts";
import { type Conversation, keep, legTo } from "../conversation.ts";
import type { Gate } from "../gate.ts";
import { isListMethod } from "../lists/catalogue.ts";
import { filtered, learn, pagesOf } from "../lists/lists.ts";
import { listenToAll } from "../streams/streams.ts";
import type { Address, Asking } from "./address.ts";
import { fan } from "./fan.ts";
import { discoverResult, type Greeting, initializeResult } from "./greet.ts";
import { greeted } from "./greeted.ts";
import { type Router, router } from "./route.ts";
import { together } from "./together.ts";
import { uniteLists } from "./union.ts";

/**
 * Several servers as one. A server that is down is left out and taken in again when it is back. Names change only
 * where they must, and change back everywhere they occur.
 */
export function merged(gate: Gate): Address {
  const routes = router(gate, [...gate.servers.keys()]);
  return {
    name: "",
    converse: (asking) => converse(gate, asking),
    list: (asking) => list(gate, routes, asking),
    route: routes.route,
    tell: (conversation, frame, headers) => tell(gate, conversation, frame, headers),
    listen: (conversation, headers, listener, signal) =>
      listenToAll(gate, conversation, headers, listener, signal),
    ask,
  };
}

async function converse(gate: Gate, asking: Asking): Promise<Ending> {
  const { conversation, frame, message, headers } = asking;
  switch (message.method) {
    case "initialize": {
      conversation.handshake = { frame, headers };
      const greetings = await greet(gate, asking, (server) =>
        keep(conversation, server, connect(gate, conversation, server)),
      );
      const asked = member(message.params, "protocolVersion");
      return own(
        message.id,
        initializeResult(greetings, typeof asked === "string" ? asked : "", gate.version),
      );
    }
    case "server/discover": {
      const greetings = await greet(gate, asking, (server) => legTo(gate, conversation, server));
      return own(message.id, discoverResult(greetings, gate.version));
    }
    case "logging/setLevel":
      await greet(gate, asking, (server) => legTo(gate, conversation, server));
      return own(message.id, {});
    default:
      return own(message.id, {});
  }
}

function connect(gate: Gate, conversation: Conversation, server: string): Promise<Leg> {
  const upstream = gate.servers.get(server)?.upstream;
  if (upstream === undefined) throw new Fault("internal", `no server ${server}`);
  return upstream.connect(conversation.key, conversation.era, conversation.whom);
}

async function greet(
  gate: Gate,
  asking: Asking,
  open: (server: string) => Promise<Leg>,
): Promise<readonly Greeting[]> {
  const { frame, message, headers, signal } = asking;
  const said = await fan(gate, gate.servers.keys(), message.method, async (server) => {
    const came = await together(gate, server, async () =>
      (await open(server)).ask(frame, headers, () => undefined, signal),
    );
    const ending = await greeted(gate, asking, server, came);
    return ending.kind === "answer" && ending.frame.message.kind === "result"
      ? ending.frame.message.result
      : undefined;
  });
  return said.map(({ server, value }) => ({ server, result: value }));
}

async function list(gate: Gate, routes: Router, asking: Asking): Promise<Ending> {
  const { conversation, message } = asking;
  const { method } = message;
  if (!isListMethod(method)) throw new Fault("unknown-method", `Method not found: ${method}`);
  const read = await fan(gate, gate.servers.keys(), method, async (server) => {
    const pages = await together(gate, server, () => Array.fromAsync(pagesOf(gate, asking, server, method)));
    learn(gate, conversation, server, method, pages);
    return Promise.all(pages.map((page) => filtered(gate, conversation, server, message, page)));
  });
  const names =
    method === "tools/list" || method === "prompts/list" ? await routes.names(asking, method) : undefined;
  const parts = read.map(({ server, value }) => ({
    pages: value,
    outward: (name: string) => names?.outward(server, name) ?? name,
  }));
  const frame = uniteLists(method, conversation.era, message.id, parts, gate.bounds);
  return spoken(frame);
}

/** A response goes to the server that asked; a cancellation to the one that works; the rest to all. */
async function tell(
  gate: Gate,
  conversation: Conversation,
  frame: Frame,
  headers: WireHeaders,
): Promise<void> {
  const { message } = frame;
  const to = async (server: string, sent: Frame): Promise<void> =>
    (await legTo(gate, conversation, server)).tell(sent, headers);
  if (message.kind === "result" || message.kind === "error") {
    const asker = message.id === null ? undefined : conversation.asked.get(message.id);
    if (asker === undefined || message.id === null)
      throw new Fault("invalid-params", "No server waits for a response with this id.");
    conversation.asked.delete(message.id);
    return to(
      asker.server,
      asker.id === message.id ? frame : frame.edit([{ kind: "set", path: ["id"], to: asker.id }]),
    );
  }
  const about = message.params["requestId"];
  const worker =
    typeof about === "string" || typeof about === "number"
      ? conversation.inFlight.get(about)?.server
      : undefined;
  if (worker !== undefined) return to(worker, frame);
  if (message.method === "notifications/cancelled") return undefined;
  await fan(gate, conversation.legs.keys(), message.method, (server) => to(server, frame));
  return undefined;
}

/** Requests of one server that a client has yet to answer; the oldest is forgotten beyond this. */
const ASKED_MOST = 1024;

/**
 * Keeps a server's id unless another server's request has it already. The id it is given instead cannot be guessed, so
 * no server can wait under it for an answer that another asked for.
 */
function ask({ asked }: Conversation, server: string, frame: Frame): Frame {
  if (frame.message.kind !== "request") return frame;
  const { id } = frame.message;
  const other = asked.get(id);
  if (other === undefined || (other.server === server && other.id === id)) {
    remember(asked, id, { server, id });
    return frame;
  }
  let own: RequestId;
  do own = `portcullis:${randomBytes(12).toString("base64url")}`;
  while (asked.has(own));
  remember(asked, own, { server, id });
  return frame.edit([{ kind: "set", path: ["id"], to: own }]);
}

function remember(asked: Conversation["asked"], id: RequestId, by: { server: string; id: RequestId }): void {
  asked.delete(id);
  asked.set(id, by);
  if (asked.size <= ASKED_MOST) return;
  // Its own oldest: otherwise a server could make room under an id that another waits for.
  const its = [...asked].filter(([, { server }]) => server === by.server);
  const [oldest] = its;
  if (its.length > ASKED_MOST && oldest !== undefined) asked.delete(oldest[0]);
}

function own(id: RequestId, result: JsonObject): Ending {
  return spoken(frameOf({ kind: "result", id, result }));
}
