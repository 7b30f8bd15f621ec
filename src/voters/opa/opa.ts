import { type Dispatcher, Pool } from "undici";
import { digest, isObject, type Json, type JsonObject } from "../../call/json.ts";
import type { OpaVoter } from "../../config/voters.ts";
import { inputOf } from "../input.ts";
import { voteOf } from "../output.ts";
import { type Engine, unclear, unreachable, type Vote } from "../vote.ts";
import { circuit } from "./circuit.ts";
import { memory } from "./memory.ts";

const CONNECTIONS = 64;
const IN_FLIGHT = 512;
const ANSWER_BYTES = 64 * 1024;
const CIRCUIT = { after: 5, rest_ms: 5000 };

/** The whole body, or undefined where it is larger than a decision may be. */
async function bodyOf(body: Dispatcher.ResponseData["body"]): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > ANSWER_BYTES) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

/** https://www.openpolicyagent.org/docs/rest-api: 200 with `result`, or without it where the decision is undefined. */
async function read({ statusCode, body }: Dispatcher.ResponseData): Promise<Vote> {
  // A body that is let go of says so as an error, which nobody else would hear.
  body.on("error", () => undefined);
  if (statusCode !== 200) {
    body.destroy();
    const why = `answered with status ${statusCode}`;
    return statusCode >= 500 || statusCode === 429 ? unreachable(why) : unclear(why);
  }
  const text = await bodyOf(body);
  if (text === undefined) return unclear("gave an answer that is too large");
  try {
    const answer = JSON.parse(text) as Json;
    return isObject(answer) ? voteOf(answer["result"]) : unclear("gave an answer that is no decision");
  } catch {
    return unclear("gave an answer that is no JSON");
  }
}

/** A decision stands for as long as it is kept, so the time of the call is not part of what it is kept by. */
function keyOf(input: JsonObject): string {
  return digest({ ...input, at: undefined });
}

/**
 * An OPA server, asked by `POST` at the one address that is configured: no redirects, no proxy, one deadline for
 * connection, answer and body together. `ticks`: monotonic, ms.
 */
export function opaVoter(voter: OpaVoter, ticks: () => number): Engine {
  const { origin, pathname, search } = new URL(voter.url);
  const pool = new Pool(origin, {
    connections: CONNECTIONS,
    pipelining: 1,
    allowH2: false,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: voter.timeout_ms },
  });
  const kept = memory(voter.cache_s, ticks);
  const rest = circuit(CIRCUIT, ticks);
  const headers = { "content-type": "application/json", accept: "application/json" };
  let in_flight = 0;

  /** A connection that was kept may have been closed by the other side just now: then, once, on another one. */
  async function put(body: string, signal: AbortSignal, again: boolean): Promise<Vote> {
    try {
      return await read(
        await pool.request({ path: pathname + search, method: "POST", headers, body, signal }),
      );
    } catch (error) {
      if (signal.aborted) return unreachable("did not answer in time");
      const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
      if (again && (code === "UND_ERR_SOCKET" || code === "ECONNRESET" || code === "EPIPE"))
        return put(body, signal, false);
      return unreachable("could not be reached", code);
    }
  }

  return {
    async vote(call) {
      const input = inputOf(call);
      const key = voter.cache_s === 0 ? "" : keyOf(input);
      const known = key === "" ? undefined : kept.get(key);
      if (known !== undefined) return known;
      if (in_flight >= IN_FLIGHT) return unreachable("is asked too much at once");
      if (!rest.enter()) return unreachable("failed too often and is left alone for some seconds");
      in_flight += 1;
      const vote = await put(JSON.stringify({ input }), AbortSignal.timeout(voter.timeout_ms), true);
      in_flight -= 1;
      if (vote.kind === "unreachable") rest.failed();
      else rest.answered();
      if (key !== "") kept.keep(key, vote);
      return vote;
    },
    resting: rest.resting,
    close: () => pool.destroy(),
  };
}
