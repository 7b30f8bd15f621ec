import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { request as requestSecure } from "node:https";
import { json } from "node:stream/consumers";
import type { TLSSocket } from "node:tls";
import { isObject } from "../call/json.ts";
import { urlOf } from "../config/address.ts";
import type { Address, Config } from "../config/config.ts";

/** A gate that answers on an address. */
export interface RunningGate {
  readonly url: string;
  /** Undefined where it answers nobody without a certificate, and is known by its own. */
  readonly version: string | undefined;
}

/** Where gates of a configuration listen, and how. */
export type Listening = Pick<Config, "listen" | "tls">;

const ANSWER_MS = 1000;

/** What `GET /health` answers, which may be anything. Rejects where nothing does. */
async function healthAt(url: string, seen: (certificate: X509Certificate) => void): Promise<unknown> {
  const ask = url.startsWith("https:") ? requestSecure : request;
  const signal = AbortSignal.timeout(ANSWER_MS);
  // Nothing secret is sent, and whoever is there only says what it is: its certificate need not be trusted here.
  const asking = ask(`${url}/health`, { agent: false, signal, rejectUnauthorized: false });
  asking.once("socket", (socket) =>
    socket.once("secureConnect", () => {
      const certificate = (socket as TLSSocket).getPeerX509Certificate();
      if (certificate !== undefined) seen(certificate);
    }),
  );
  asking.end();
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  return await json(answer);
}

/** Undefined where nothing answers, or something else than a gate does. */
async function gateAt(address: Address, tls: Config["tls"]): Promise<RunningGate | undefined> {
  const url = urlOf(address, tls === undefined ? "http" : "https");
  let shown: X509Certificate | undefined;
  try {
    const said = await healthAt(url, (certificate) => (shown = certificate));
    if (!isObject(said) || said["status"] !== "healthy" || typeof said["version"] !== "string")
      return undefined;
    return { url, version: said["version"].slice(0, 40) };
  } catch {
    return tls !== undefined && shown !== undefined && isOf(tls.cert, shown)
      ? { url, version: undefined }
      : undefined;
  }
}

/** Whether a certificate is that of the file. */
function isOf(file: string, certificate: X509Certificate): boolean {
  try {
    return new X509Certificate(readFileSync(file)).fingerprint256 === certificate.fingerprint256;
  } catch {
    return false;
  }
}

/** The gates that answer where the configuration says that they listen; port 0 is nowhere. */
export async function gatesAt({ listen, tls }: Listening): Promise<readonly RunningGate[]> {
  const found = await Promise.all(
    listen.filter(({ port }) => port !== 0).map((address) => gateAt(address, tls)),
  );
  return found.filter((gate) => gate !== undefined);
}
