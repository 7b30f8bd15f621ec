import type { ServerResponse } from "node:http";
import type { ResumableStream, Streams, Taker } from "../session/replay.ts";
import type { Beat, Ending } from "../upstream/leg.ts";
import type { Frame } from "../wire/frame.ts";
import { encodeEvent, type SseEvent } from "../wire/sse.ts";

/** Fields of the gate's own on a response, such as `Mcp-Session-Id`. */
export type Fields = Readonly<Record<string, string>>;

/** A client's response: plain JSON until a server says something on the way, a stream from then on. */
export interface Reply {
  readonly beat: (beat: Beat) => void | Promise<void>;
  readonly end: (ending: Ending) => void;
}

/** Bytes of a body that are worth copying to save a piece. */
const ONE_PIECE = 16 * 1024;

/** Sends one JSON message and nothing else. */
export function sendFrame(response: ServerResponse, frame: Frame, status: number, fields: Fields = {}): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": frame.bytes.length,
    ...fields,
  });
  // Head and text go out as one piece, head and bytes as two, which costs 3 to 5 µs more. Latin-1 is the
  // bytes themselves, whatever they spell.
  if (frame.bytes.length <= ONE_PIECE) response.end(frame.bytes.toString("latin1"), "latin1");
  else response.end(frame.bytes);
}

/** Sends an object that is no message of MCP. */
export function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    "cache-control": "no-store",
  });
  response.end(text);
}

/** Opens an event stream and gives where to write it. A client that is gone takes nothing and holds nothing up. */
export function openStream(response: ServerResponse, fields: Fields): Taker {
  response.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-cache, no-transform",
    // A proxy in between that gathers a stream would break it.
    "x-accel-buffering": "no",
    ...fields,
  });
  response.flushHeaders();
  return {
    take(bytes) {
      if (response.writableEnded || response.destroyed || response.write(bytes)) return undefined;
      return new Promise((resolve) => {
        const done = (): void => {
          response.off("drain", done);
          response.off("close", done);
          resolve();
        };
        response.on("drain", done);
        response.on("close", done);
      });
    },
    end: () => void response.end(),
  };
}

const NO_DATA = Buffer.alloc(0);

function fieldsOf({ frame, id, retry_ms, comment }: Beat): SseEvent {
  return {
    ...(frame !== undefined && { event: "message", data: frame.bytes }),
    // An id alone primes a client to come back (2025-11-25 transports): it rides on an event without data.
    ...(frame === undefined && id !== undefined && { data: NO_DATA }),
    ...(retry_ms !== undefined && { retry_ms }),
    ...(comment !== undefined && { comment }),
  };
}

/** A response that lives and dies with its connection: the modern era. */
export function plainReply(response: ServerResponse, fields: Fields): Reply {
  let taker: Taker | undefined;
  const open = (): Taker => (taker ??= openStream(response, fields));
  const encode = (beat: Beat): Buffer =>
    encodeEvent({ ...fieldsOf(beat), ...(beat.id !== undefined && { id: beat.id }) });
  return {
    beat: (beat) => open().take(encode(beat)),
    end(ending) {
      if (ending.kind === "answer" && taker === undefined && !ending.streamed) {
        return sendFrame(response, ending.frame, ending.status, { ...fields, ...ending.fields });
      }
      if (ending.kind === "answer") void open().take(encode(ending));
      open().end();
    },
  };
}

/** A response whose stream the client may come back to: the legacy era. */
export function resumableReply(response: ServerResponse, fields: Fields, streams: Streams): Reply {
  let stream: ResumableStream | undefined;
  function open(): ResumableStream {
    if (stream !== undefined) return stream;
    const taker = openStream(response, fields);
    const opened = streams.open(taker);
    response.on("close", () => {
      opened.leave(taker);
      if (response.writableFinished) streams.forget(opened);
    });
    stream = opened;
    return opened;
  }
  function beat(said: Beat): void | Promise<void> {
    if (Object.keys(said).length === 0) return void open();
    const kept = said.frame !== undefined || said.id !== undefined;
    return kept
      ? open().send(said.id, (id) => encodeEvent({ ...fieldsOf(said), id }))
      : open().pass(encodeEvent(fieldsOf(said)));
  }
  return {
    beat,
    end(ending) {
      if (ending.kind === "answer" && stream === undefined && !ending.streamed) {
        return sendFrame(response, ending.frame, ending.status, { ...fields, ...ending.fields });
      }
      if (ending.kind === "answer")
        void beat({ frame: ending.frame, ...(ending.id !== undefined && { id: ending.id }) });
      const ended = open();
      // Who resumes a detached stream must reach the server, which has the rest.
      if (ending.kind === "detached") streams.forget(ended);
      ended.end();
    },
  };
}
