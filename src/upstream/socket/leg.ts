import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { WebSocket } from "ws";
import type { Era } from "../../call/call.ts";
import type { SocketServer } from "../../config/config.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Channel, Ear } from "../channel.ts";
import { ANSWER_BOUNDS, over, refused, unreachable } from "../failure.ts";
import { PipeLeg } from "../pipe.ts";
import { keepAlive } from "./alive.ts";
import { closingOf } from "./closing.ts";

const SUBPROTOCOL = "mcp";
const CONNECT_MS = 10_000;
/** How long a server may take to close its side. */
const FAREWELL_MS = 1000;
/** What may wait in a socket before its writer has to wait too. */
const WAITING_BYTES = 1024 * 1024;
const NORMAL = 1000;

export interface SocketPorts {
  readonly log: Log;
  /** Fires when no leg is wanted any more: what is being opened is given up. */
  readonly closing: AbortSignal;
}

/**
 * A conversation over a WebSocket of its own, subprotocol `mcp`: one message a text frame, both ways, in either era.
 * `gone` hears once how it ended, and whether by itself. Rejects with Fault `upstream-…` where the handshake fails.
 */
export function openSocket(
  server: SocketServer,
  era: Era,
  ports: SocketPorts,
  gone: (how: string, unasked: boolean) => void,
): Promise<PipeLeg> {
  return PipeLeg.open(server, era, (ear) => connect(server, ports, ear, gone));
}

function dial({ url, headers }: SocketServer): WebSocket {
  return new WebSocket(url, [SUBPROTOCOL], {
    headers,
    maxPayload: ANSWER_BOUNDS.bytes,
    handshakeTimeout: CONNECT_MS,
    // A small message may become a large one, and each pair of sockets keeps a dictionary.
    perMessageDeflate: false,
    autoPong: false,
    followRedirects: false,
  });
}

function connect(
  server: SocketServer,
  { log, closing }: SocketPorts,
  ear: Ear,
  gone: (how: string, unasked: boolean) => void,
): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const socket = dial(server);
    let wire: Socket | undefined;
    let opened = false;
    let broken: Error | undefined;
    let stop = (): void => undefined;
    const unwanted = (): void => {
      reject(over(server.name, "the gate is closing"));
      socket.terminate();
    };
    closing.addEventListener("abort", unwanted);
    socket.on("upgrade", (response) => {
      wire = response.socket;
    });
    socket.on("unexpected-response", (request, response) => {
      reject(refused(server.name, response.statusCode ?? 0));
      request.destroy();
    });
    socket.on("error", (error) => {
      broken ??= error;
      // Once it is open this changes nothing.
      reject(unreachable(server.name, error.message, error));
    });
    socket.on("open", () => {
      closing.removeEventListener("abort", unwanted);
      opened = true;
      socket.pause();
      if (wire !== undefined) stop = keepAlive(socket, wire, server.timeout_ms);
      resolve(channelOf(server, socket, log));
    });
    const bytesOf = (data: WebSocket.RawData): Buffer =>
      Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
    socket.on("message", (data, isBinary) => {
      if (isBinary) log.warn({ server: server.name }, "a binary frame, which carries no message, dropped");
      else ear.heard([{ kind: "line", bytes: bytesOf(data) }]);
    });
    // Who sends pings and reads no answer must not fill this process with them.
    socket.on("ping", (data) => {
      if (socket.bufferedAmount <= WAITING_BYTES) socket.pong(data);
    });
    socket.on("close", (code, reason) => {
      stop();
      closing.removeEventListener("abort", unwanted);
      if (!opened) return;
      const unasked = ear.alive();
      const { how, why } = closingOf(server.name, code, reason, broken);
      if (unasked) log.warn({ server: server.name, how }, "server ended");
      ear.gone(how, why);
      gone(how, unasked);
    });
  });
}

function channelOf({ name }: SocketServer, socket: WebSocket, log: Log): Channel {
  return {
    send({ bytes }) {
      if (socket.readyState !== WebSocket.OPEN) return Promise.reject(over(name, "its socket is closing"));
      const sent = new Promise<void>((resolve) => {
        // What breaks here closes the socket, which says why.
        socket.send(bytes, { binary: false }, () => resolve());
      });
      return socket.bufferedAmount > WAITING_BYTES ? sent : undefined;
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    note: (line) => log.warn({ server: name }, line),
    async end() {
      if (socket.readyState === WebSocket.CLOSED) return;
      const closed = new Promise<true>((resolve) => void socket.once("close", () => resolve(true)));
      socket.resume();
      socket.close(NORMAL);
      const late = delay(FAREWELL_MS, false, { ref: false });
      if (await Promise.race([closed, late])) return;
      socket.terminate();
      await closed;
    },
  };
}
