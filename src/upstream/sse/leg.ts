import type { Era } from "../../call/call.ts";
import type { Fault } from "../../call/fault.ts";
import type { HttpServer, SseServer } from "../../config/config.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Channel, Ear } from "../channel.ts";
import type { Badge } from "../credential/credential.ts";
import { Errand } from "../errand.ts";
import { Exchange } from "../exchange.ts";
import { ANSWER_BOUNDS, expired, over, refused, silent, unreachable } from "../failure.ts";
import { fieldsOf, withClient } from "../fields.ts";
import { PipeLeg } from "../pipe.ts";
import type { Pools } from "../pools.ts";
import { Events } from "./events.ts";

/** How long a server may take from the opening of its stream to the `endpoint` event. */
const ENDPOINT_MS = 10_000;
/** Some servers answer the POST of a request when the request is answered; how long that is, is measured there. */
const POST_HELD_MS = 600_000;
const POST = { accept: "application/json, text/event-stream", "content-type": "application/json" };
const GET = { accept: "text/event-stream" };

export interface SsePorts {
  readonly pools: Pools;
  readonly badge: Badge;
  readonly log: Log;
  /** Fires when no leg is wanted any more: what is being opened is given up. */
  readonly closing: AbortSignal;
}

/**
 * A conversation over HTTP+SSE (2024-11-05 transports): one stream on which the server speaks, and a POST for each
 * message to it. There is no resumption: a stream that ends, ends the conversation, and what was under way is
 * `upstream-gone`; the next request begins a new one. `gone` hears once how it ended, and whether by itself. Rejects
 * with Fault `upstream-…` where there is no such stream or it leads to another origin.
 */
export function openSse(
  server: SseServer | HttpServer,
  era: Era,
  ports: SsePorts,
  gone: (how: string, unasked: boolean) => void,
): Promise<PipeLeg> {
  return PipeLeg.open(server, era, (ear) => connect(server, ports, ear, gone));
}

function connect(
  server: SseServer | HttpServer,
  { pools, badge, log, closing }: SsePorts,
  ear: Ear,
  gone: (how: string, unasked: boolean) => void,
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const settled = (): void => {
      clearTimeout(late);
      closing.removeEventListener("abort", unwanted);
    };
    const failed = (why: Fault): void => {
      settled();
      exchange.stop();
      reject(why);
    };
    const unwanted = (): void => failed(over(server.name, "the gate is closing"));
    const late = setTimeout(
      () => failed(unreachable(server.name, `no \`endpoint\` event within ${ENDPOINT_MS} ms`)),
      Math.min(ENDPOINT_MS, server.timeout_ms),
    );
    const events: Events = new Events(server.name, new URL(server.url), ear, {
      failed,
      opened(path) {
        settled();
        const posts = poster(server, pools, badge, path);
        resolve({
          send: posts.send,
          pause: () => events.pause(),
          resume: () => events.resume(),
          note: (line) => log.warn({ server: server.name }, line),
          end() {
            exchange.stop();
            posts.stop();
            return Promise.resolve();
          },
        });
      },
      ended(how, why) {
        const unasked = ear.alive();
        if (unasked) log.warn({ server: server.name, how }, "server ended its stream");
        ear.gone(how, why);
        gone(how, unasked);
      },
    });
    closing.addEventListener("abort", unwanted);
    // Who holds the server back is the leg, which counts it.
    const exchange = new Exchange(events, ANSWER_BOUNDS.bytes, () => undefined);
    const headers = withClient(fieldsOf(server, GET), {}, undefined, badge.shown);
    pools.streams.dispatch({ path: pools.path, method: "GET", headers }, exchange);
  });
}

/** Posts messages to the endpoint. Every answer but a refusal is a yes: what the server has to say comes on the stream. */
function poster(
  server: SseServer | HttpServer,
  pools: Pools,
  badge: Badge,
  path: string,
): { readonly send: Channel["send"]; readonly stop: () => void } {
  const fields = fieldsOf(server, POST);
  const underWay = new Set<Exchange>();
  const send: Channel["send"] = ({ bytes, message }, headers) =>
    new Promise((resolve, reject) => {
      const done = (how: () => void): void => {
        clearTimeout(timer);
        underWay.delete(exchange);
        how();
      };
      const errand = new Errand(
        server.name,
        (status) => done(() => (status < 300 ? resolve() : reject(refusalOf(server.name, status)))),
        (why) => done(() => reject(why)),
      );
      const exchange = new Exchange(errand, ANSWER_BOUNDS.bytes, () => undefined);
      underWay.add(exchange);
      const isRequest = message.kind === "request";
      const within_ms = isRequest ? POST_HELD_MS : server.timeout_ms;
      const timer = setTimeout(() => {
        exchange.stop();
        done(() => reject(silent(server.name, within_ms)));
      }, within_ms).unref();
      (isRequest ? pools.calls : pools.errands).dispatch(
        { path, method: "POST", headers: withClient(fields, headers, undefined, badge.shown), body: bytes },
        exchange,
      );
    });
  return {
    send,
    stop() {
      for (const exchange of underWay) exchange.stop();
    },
  };
}

/** An endpoint that is not there any more stands for a session that is over. */
function refusalOf(server: string, status: number): Fault {
  return status === 404 || status === 410 ? expired(server) : refused(server, status);
}
