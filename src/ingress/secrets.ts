import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { Tls } from "../config/auth.ts";
import type { Config } from "../config/config.ts";
import { shown } from "../config/paths.ts";
import { type Problem, Problems } from "../document/problem.ts";

/** What listeners speak TLS with. */
export interface Secrets {
  readonly cert: string;
  readonly key: string;
  /** Who signs the certificates of clients; absent: they are not asked for one. */
  readonly ca?: string;
  /** Whether a client without a certificate gets no connection: where that is the only way in. */
  readonly rejectUnauthorized: boolean;
}

type Which = keyof Tls["written"];
/** Takes what is wrong with a file, and how to mend it; hands back that there is nothing. */
type Wrong = (which: Which, message: string, hint: string) => undefined;

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function textOf(path: string, which: Which, wrong: Wrong): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    return wrong(
      which,
      `${shown(path)} cannot be read: ${messageOf(error)}`,
      "name a PEM file that the user who runs the gate may read",
    );
  }
}

/** The first certificate of a file, where each of them can be read. */
function certificateIn(path: string, which: Which, wrong: Wrong): X509Certificate | undefined {
  const text = textOf(path, which, wrong);
  if (text === undefined) return undefined;
  try {
    const [first] = (text.match(BLOCK) ?? [""]).map((each) => new X509Certificate(each));
    return first;
  } catch {
    return wrong(
      which,
      `${shown(path)} holds no certificate that can be read`,
      "name a PEM file: it has -----BEGIN CERTIFICATE----- in it",
    );
  }
}

function keyIn(path: string, wrong: Wrong): KeyObject | undefined {
  const text = textOf(path, "key", wrong);
  if (text === undefined) return undefined;
  if (/BEGIN ENCRYPTED PRIVATE KEY|^Proc-Type: 4,ENCRYPTED/m.test(text))
    return wrong(
      "key",
      `${shown(path)} has a password, and the gate has nobody to ask for it`,
      `openssl pkey -in ${shown(path)} -out FILE, and keep FILE to the user who runs the gate`,
    );
  try {
    return createPrivateKey(text);
  } catch {
    return wrong(
      "key",
      `${shown(path)} holds no private key that can be read`,
      "name a PEM file: it has -----BEGIN PRIVATE KEY----- in it",
    );
  }
}

function check({ cert, key, client_ca }: Tls, wrong: Wrong): void {
  const certificate = certificateIn(cert, "cert", wrong);
  const secret = keyIn(key, wrong);
  if (client_ca !== undefined) certificateIn(client_ca, "client_ca", wrong);
  if (certificate !== undefined && secret !== undefined && !certificate.checkPrivateKey(secret))
    wrong(
      "key",
      `${shown(key)} is not the key of ${shown(cert)}`,
      "name the key that the certificate was asked for with, and put the gate's own certificate first",
    );
}

/** Reads the files that the configuration names; undefined where it asks for no TLS. Throws Problems. */
export function secretsOf({ tls, auth }: Config): Secrets | undefined {
  if (tls === undefined) return undefined;
  const problems: Problem[] = [];
  const wrong: Wrong = (which, message, hint) => void problems.push({ ...tls.written[which], message, hint });
  check(tls, wrong);
  if (problems.length > 0) throw new Problems(problems);
  const others = auth.mode === "none" || auth.issuers.length > 0 || auth.api_keys;
  const read = {
    cert: readFileSync(tls.cert, "utf8"),
    key: readFileSync(tls.key, "utf8"),
    ...(tls.client_ca !== undefined && { ca: readFileSync(tls.client_ca, "utf8") }),
  };
  try {
    createSecureContext(read);
  } catch (error) {
    wrong(
      "cert",
      `cannot be used for TLS: ${messageOf(error)}`,
      "use a certificate and key of today's strength",
    );
    throw new Problems(problems);
  }
  return { ...read, rejectUnauthorized: tls.client_ca !== undefined && !others };
}
