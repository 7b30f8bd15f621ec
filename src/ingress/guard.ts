import type { IncomingMessage } from "node:http";
import { Fault } from "../call/fault.ts";

/** Names under which a gate that listens on loopback may be reached. */
const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Where a listener is and who else may come. */
export interface Door {
  readonly allowed_origins: readonly string[];
  readonly allowed_hosts: readonly string[];
}

function hostName(host: string): string {
  return host.replace(/:\d+$/, "").toLowerCase();
}

/**
 * What a web page that rebinds its name to this address must not get past (MCP transports, security warning): `Host`
 * names this machine, and a browser's `Origin`, where there is one, is loopback or listed.
 */
export function checkOrigin(request: IncomingMessage, door: Door): void {
  const { host, origin } = request.headers;
  if (host === undefined || !(LOOPBACK.has(hostName(host)) || door.allowed_hosts.includes(hostName(host)))) {
    throw new Fault("bad-host", "This gate does not answer to that Host. List it in `allowed_hosts`.");
  }
  if (origin === undefined || door.allowed_origins.includes(origin)) return;
  let name: string | undefined;
  try {
    const url = new URL(origin);
    if (url.protocol === "http:" || url.protocol === "https:") name = url.host;
  } catch {
    // `null` and whatever else is no origin of ours.
  }
  if (name === undefined || !LOOPBACK.has(hostName(name))) {
    throw new Fault(
      "bad-origin",
      "Pages of that origin may not use this gate. List it in `allowed_origins`.",
    );
  }
}

/** Whether a page of another origin sends a request, as far as its browser says (Fetch Metadata). */
export function isForeign({ headers }: Pick<IncomingMessage, "headers">): boolean {
  const site = headers["sec-fetch-site"];
  return site !== undefined && site !== "same-origin" && site !== "none";
}

/**
 * A GET that opens something. A page may send one without `Origin` where it need not read the answer (Fetch, no-cors), but
 * not without saying that it comes from another site.
 */
export function checkSite({ headers }: IncomingMessage): void {
  if (headers.origin === undefined && headers["sec-fetch-site"] === "cross-site")
    throw new Fault("bad-origin", "Pages of another site may not use this gate.");
}

/** MCP transports: a POST carries JSON. */
export function checkType(request: IncomingMessage): void {
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    throw new Fault("wrong-media-type", "Content-Type must be application/json.");
  }
}

/** MCP transports: a POST carries JSON and its sender takes JSON and an event stream. */
export function checkMedia(request: IncomingMessage): void {
  checkType(request);
  const accept = request.headers.accept ?? "";
  const takes = (media: string): boolean =>
    accept.includes(media) || accept.includes("*/*") || accept.includes(`${media.split("/")[0]}/*`);
  if (!takes("application/json") || !takes("text/event-stream")) {
    throw new Fault("not-acceptable", "Accept must list application/json and text/event-stream.");
  }
}

/** The whole body as one buffer; Fault `too-large` as soon as it is more than the bound. */
export function readBody(request: IncomingMessage, most_bytes: number): Promise<Buffer> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > most_bytes) return Promise.reject(tooLarge(most_bytes));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > most_bytes) reject(tooLarge(most_bytes));
      else chunks.push(chunk);
    });
    request.on("end", () =>
      resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks, size)),
    );
    request.on("error", (error) =>
      reject(new Fault("cancelled", "the client left while it sent its request", { cause: error })),
    );
  });
}

function tooLarge(most_bytes: number): Fault {
  return new Fault("too-large", `A message may have ${most_bytes} bytes.`);
}
