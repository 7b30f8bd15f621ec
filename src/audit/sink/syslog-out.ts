import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { hostname } from "node:os";
import { connect as connectTls } from "node:tls";
import type { SyslogSink } from "../../config/sinks.ts";
import { OutboundError } from "../../outbound/outbound.ts";
import { lineForm } from "../form/form.ts";
import { framed, syslogMessage } from "../form/syslog.ts";
import type { Entry } from "../reading/entry.ts";
import { later, type Outcome, TAKEN } from "./outcome.ts";
import type { Out, OutPorts } from "./out.ts";

const CONNECT_MS = 5_000;
const MAX_FRAMES_BYTES = 256 * 1024;
/** How long a receiver may take to close its side after everything was sent. */
const SETTLE_MS = 1_000;

/** Everything is with the receiver's machine, and it has not said that it wants no more. */
async function sent(socket: Socket, messages: readonly string[], signal: AbortSignal): Promise<void> {
  const gone = new Promise<never>((_, reject) => {
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("it closed the connection")));
    signal.addEventListener("abort", () => reject(new Error("it took too long")), { once: true });
  });
  gone.catch(() => {});
  let waiting: Buffer[] = [];
  let bytes = 0;
  const write = async (): Promise<void> => {
    const all = Buffer.concat(waiting);
    [waiting, bytes] = [[], 0];
    await Promise.race([new Promise<void>((resolve) => socket.write(all, () => resolve())), gone]);
  };
  for (const each of messages) {
    const frame = framed(each);
    waiting.push(frame);
    bytes += frame.length;
    if (bytes >= MAX_FRAMES_BYTES) await write();
  }
  await write();
  // A receiver that answers our end with its own has read all of it; one that does not is left after a moment.
  const ended = once(socket, "end").then(() => undefined);
  socket.resume();
  socket.end();
  const settle = new Promise<undefined>((resolve) => setTimeout(resolve, SETTLE_MS, undefined).unref());
  const failed = new Promise<never>((_, reject) => socket.once("error", reject));
  failed.catch(() => {});
  await Promise.race([ended, settle, failed]);
}

/**
 * A sink that speaks syslog over TCP or TLS (RFC 5424, 5425, 6587). The protocol has no acknowledgement: what counts as taken
 * is what the receiver's machine took, and the connection is made anew for each batch and ended in order, so that one that
 * is gone is noticed with the batch and not after it.
 */
export function syslogOut(sink: SyslogSink, { outbound, source }: OutPorts): Out {
  const where = `${sink.host}:${sink.port}`;
  const host = hostname();
  const line = lineForm(sink.form, source);
  // CEF comes as a message of syslog already.
  const message = (entry: Entry): string | undefined => {
    const text = line(entry);
    return text === undefined || sink.form === "cef" ? text : syslogMessage(entry, text, host);
  };

  async function opened(signal: AbortSignal): Promise<Socket> {
    const name = sink.host.replace(/^\[(.*)\]$/, "$1");
    const address = await outbound.addressOf(name);
    const at = { host: address, port: sink.port };
    const ca = sink.ca === undefined ? {} : { ca: readFileSync(sink.ca) };
    const socket = sink.tls ? connectTls({ ...at, ...ca, servername: name }) : connect(at);
    socket.on("error", () => {}); // whoever waits for it hears of it
    const late = AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]);
    try {
      await once(socket, sink.tls ? "secureConnect" : "connect", { signal: late });
      return socket;
    } catch (error) {
      socket.destroy();
      throw error;
    }
  }

  return {
    async deliver(entries, signal): Promise<Outcome> {
      const messages = entries.map(message).filter((each) => each !== undefined);
      if (messages.length === 0) return TAKEN;
      let socket: Socket | undefined;
      try {
        socket = await opened(signal);
        await sent(socket, messages, signal);
        return TAKEN;
      } catch (error) {
        if (error instanceof OutboundError) return later(error.message);
        const { code, message: said } = error as NodeJS.ErrnoException;
        return later(`${where} does not take it (${code ?? said})`);
      } finally {
        socket?.destroy();
      }
    },
    close: () => Promise.resolve(),
  };
}
