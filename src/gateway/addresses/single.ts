import type { Ending } from "../../upstream/leg.ts";
import type { Frame } from "../../wire/frame.ts";
import { streamCall } from "../call.ts";
import { keep, legTo, overLeg } from "../conversation.ts";
import type { Gate, Governed } from "../gate.ts";
import { isListMethod } from "../lists/catalogue.ts";
import { filtered, learn } from "../lists/lists.ts";
import { inspected } from "../streams/asides.ts";
import type { Address, Asking, RequestMessage, Route } from "./address.ts";
import { greeted } from "./greeted.ts";

/** One server as it is: nothing is renamed, and every byte that policy does not change is the server's own. */
export function single(gate: Gate, { server, upstream }: Governed): Address {
  const route: Route = { kind: "server", server: server.name, edits: [] };

  function forward(asking: Asking): Promise<Ending> {
    const { conversation, frame, headers, listener, signal, flight } = asking;
    const heard = inspected(gate, conversation, streamCall(gate, conversation, server.name), listener);
    // Who takes it back from now on has to tell the server.
    flight.server = server.name;
    return overLeg(gate, conversation, server.name, (leg) => leg.ask(frame, headers, heard, signal));
  }

  return {
    name: server.name,
    async converse(asking) {
      const { conversation, frame, message, headers } = asking;
      if (message.method === "initialize") {
        conversation.handshake = { frame, headers };
        const leg = await keep(
          conversation,
          server.name,
          upstream.connect(conversation.key, conversation.era, conversation.whom),
        );
        return greeted(
          gate,
          asking,
          server.name,
          await leg.ask(frame, headers, asking.listener, asking.signal),
        );
      }
      return greeted(gate, asking, server.name, await forward(asking));
    },
    async list(asking) {
      const ending = await forward(asking);
      if (ending.kind !== "answer") return ending;
      const { conversation, message } = asking;
      if (isListMethod(message.method) && isWhole(message, ending.frame))
        learn(gate, conversation, server.name, message.method, [ending.frame]);
      return { ...ending, frame: await filtered(gate, conversation, server.name, message, ending.frame) };
    },
    route: () => Promise.resolve(route),
    async tell(conversation, frame, headers) {
      await overLeg(gate, conversation, server.name, (leg) => leg.tell(frame, headers));
    },
    async listen(conversation, headers, listener, signal) {
      const leg = await legTo(gate, conversation, server.name);
      return leg.listen(
        headers,
        inspected(gate, conversation, streamCall(gate, conversation, server.name), listener),
        signal,
      );
    },
    ask: (_conversation, _server, frame) => frame,
  };
}

/** Whether a page is the whole list. */
function isWhole(asked: RequestMessage, { message }: Frame): boolean {
  return (
    message.kind === "result" &&
    asked.params["cursor"] === undefined &&
    message.result["nextCursor"] === undefined
  );
}
