import { readFileSync } from "node:fs";
import type { Config } from "../config/config.ts";

/** What listeners speak TLS with. */
export interface Secrets {
  readonly cert: string;
  readonly key: string;
  /** Who signs the certificates of clients; absent: they are not asked for one. */
  readonly ca?: string;
  /** Whether a client without a certificate gets no connection: where that is the only way in. */
  readonly rejectUnauthorized: boolean;
}

/** Reads the files that the configuration names; undefined where it asks for no TLS. Throws the system's error. */
export function secretsOf({ tls, auth }: Config): Secrets | undefined {
  if (tls === undefined) return undefined;
  const others = auth.mode === "none" || auth.issuers.length > 0 || auth.api_keys;
  return {
    cert: readFileSync(tls.cert, "utf8"),
    key: readFileSync(tls.key, "utf8"),
    ...(tls.client_ca !== undefined && { ca: readFileSync(tls.client_ca, "utf8") }),
    rejectUnauthorized: tls.client_ca !== undefined && !others,
  };
}
