import { isIP } from "node:net";
import { Agent, errors, request } from "undici";
import { allowedOf, hostName, isListed } from "./reach.ts";
import { Barred, guarded, publicAddress } from "./resolve.ts";

/** Why nothing came of a request that the gate made on its own account. Holds the host and no other part of the address. */
export class OutboundError extends Error {
  override readonly name = "OutboundError";
  /** `barred`: it may not be reached from here, and never will by trying again. */
  readonly kind: "barred" | "unreachable" | "timeout" | "too-large" | "cancelled";

  constructor(kind: OutboundError["kind"], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = kind;
  }
}

/** The way out for everything that the gate itself fetches or sends, where others may have a say in the address. */
export interface Outbound {
  /**
   * As `fetch`, for `https:` alone (`http:` only to what `outbound.allow` lists): no redirects, no proxy, no address
   * inside, bounded in time and size. The body is read whole. Rejects with OutboundError.
   */
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
  /** An address of a host that may be reached, for other protocols. Rejects with OutboundError. */
  readonly addressOf: (host: string) => Promise<string>;
  readonly close: () => Promise<void>;
}

export interface OutboundBounds {
  readonly connect_ms: number;
  /** For connection, answer and body together. */
  readonly total_ms: number;
  readonly body_bytes: number;
}
const BOUNDS: OutboundBounds = { connect_ms: 5000, total_ms: 10_000, body_bytes: 1024 * 1024 };
const CONNECTIONS = 8;
const KEEP_MS = 4000;

/** Statuses that have no body: `Response` refuses one. */
const EMPTY: ReadonlySet<number> = new Set([204, 205, 304]);

/** What is asked. The platform's own words for what is wrong with it would quote the address. */
function requestOf(url: string | URL, init: RequestInit | undefined) {
  try {
    const asked = new Request(url, init);
    return { asked, address: new URL(asked.url) };
  } catch {
    throw new OutboundError("barred", "the request has an address, or a header, that none can have");
  }
}

/** What became of a request that failed; `cancelled`: whoever asked took it back. */
function explained(host: string, error: unknown, late: boolean, cancelled: boolean): OutboundError {
  if (error instanceof OutboundError) return error;
  if (error instanceof Barred) return new OutboundError("barred", error.message, error);
  if (late) return new OutboundError("timeout", `${host} did not answer in time`, error);
  if (cancelled) return new OutboundError("cancelled", `the request to ${host} was taken back`, error);
  if (error instanceof errors.ResponseExceededMaxSizeError)
    return new OutboundError("too-large", `${host} answers more than is read`, error);
  const { code } = error as NodeJS.ErrnoException;
  return new OutboundError("unreachable", `${host} cannot be reached (${code ?? "failed"})`, error);
}

/** `allow`: hosts and networks inside that may be reached all the same. */
export function openOutbound(allow: readonly string[], bounds: Partial<OutboundBounds> = {}): Outbound {
  const { connect_ms, total_ms, body_bytes } = { ...BOUNDS, ...bounds };
  const allowed = allowedOf(allow);
  const agent = new Agent({
    allowH2: false,
    connections: CONNECTIONS,
    pipelining: 1,
    keepAliveTimeout: KEEP_MS,
    maxResponseSize: body_bytes,
    headersTimeout: total_ms,
    bodyTimeout: total_ms,
    connect: { timeout: connect_ms, lookup: guarded(allowed) },
  });

  const check = (url: URL): void => {
    const host = hostName(url.hostname);
    const secure = url.protocol === "https:" || (url.protocol === "http:" && isListed(host, allowed));
    if (!secure)
      throw new OutboundError("barred", `${host} is not asked over ${url.protocol}//, only https://`);
    // A connection to a plain address looks nothing up.
    if (isIP(host) !== 0) publicAddress(host, [host], allowed);
  };
  const sent = async (asked: Request, url: URL, signal: AbortSignal): Promise<Response> => {
    const body = asked.body === null ? null : Buffer.from(await asked.arrayBuffer());
    const {
      statusCode,
      headers,
      body: answer,
    } = await request(url, {
      dispatcher: agent,
      method: asked.method as "GET",
      headers: Object.fromEntries(asked.headers),
      body,
      signal,
    });
    const bytes = await answer.arrayBuffer();
    const fields = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [value].flat().map((each): [string, string] => [name, each]),
    );
    return new Response(EMPTY.has(statusCode) ? null : bytes, { status: statusCode, headers: fields });
  };
  return {
    async fetch(url, init) {
      const { asked, address } = requestOf(url, init);
      const host = hostName(address.hostname);
      const late = AbortSignal.timeout(total_ms);
      try {
        check(address);
        return await sent(asked, address, AbortSignal.any([asked.signal, late]));
      } catch (error) {
        throw explained(host, error, late.aborted, asked.signal.aborted);
      }
    },
    addressOf: (host) =>
      new Promise((resolve, reject) => {
        guarded(allowed)(hostName(host), {}, (error, address) => {
          if (error === null) resolve(address as string);
          else reject(explained(hostName(host), error, false, false));
        });
      }),
    close: () => agent.destroy(),
  };
}
