import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SecureContextOptions } from "node:tls";
import { Fault, FAULTS } from "../call/fault.ts";
import type { Principal } from "../call/principal.ts";
import type { RequiredAuth } from "../config/auth.ts";
import type { Issuer } from "../config/issuers.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { identityOf } from "./identify.ts";
import type { Identity } from "./identity.ts";

/** A door that asks nothing but who comes. */
export interface Door {
  /** Without a slash at its end. */
  readonly url: string;
  readonly store: Store;
  readonly identity: Identity;
  /** What was logged. */
  readonly logged: unknown[];
  /** Milliseconds by which the door's clock is ahead. */
  ahead: number;
  ask(path: string, headers?: Readonly<Record<string, string>>, method?: string): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly status: number;
  readonly principal: Principal | undefined;
  /** What a stranger is told. */
  readonly said: string;
  readonly challenge: string | undefined;
  readonly headers: Headers;
}

export const ISSUER: Issuer = {
  issuer: "",
  audience: [],
  jwks_uri: undefined,
  algorithms: ["ES256", "EdDSA"],
  prefix: "",
  tenant: "default",
  claims: { id: "sub", tenant: undefined, roles: "roles", scopes: ["scope", "scp"] },
  introspection: undefined,
};

export const AUTH: RequiredAuth = {
  mode: "required",
  public_url: "https://gate.example",
  issuers: [],
  demands: [],
  implies: {},
  dpop: "accepted",
  api_keys: false,
  mtls: undefined,
  trusted_proxies: [],
};

export async function openDoor(auth: Partial<RequiredAuth>, tls?: SecureContextOptions): Promise<Door> {
  const folder = mkdtempSync(join(tmpdir(), "identity-"));
  const store = await openStore({ kind: "sqlite", path: join(folder, "a.db") });
  const logged: unknown[] = [];
  const note = (...words: unknown[]): void => void logged.push(words);
  const clock = { ahead: 0 };
  const identity = identityOf({
    auth: { ...AUTH, ...auth },
    tls: tls !== undefined,
    credentials: store.credentials,
    people: store.people,
    actsOf: (tenant) => store.forTenant(tenant).acts,
    fetch: (url, init) => fetch(url, init),
    log: { debug: note, info: note, warn: note, error: note } as never,
    now: () => Date.now() + clock.ahead,
    ticks: () => performance.now(),
  });
  const at = { host: "127.0.0.1", port: 0 };
  const answer: RequestListener = (request, response) => {
    void (async () => {
      try {
        const metadata = identity.metadata(request, at);
        response.end(JSON.stringify(metadata ?? (await identity.identify(request, at))));
      } catch (error) {
        if (!(error instanceof Fault)) return void response.writeHead(500).end(String(error));
        response.writeHead(FAULTS[error.code].http, error.fields).end(error.message);
      }
    })();
  };
  const server =
    tls === undefined
      ? createServer(answer)
      : createSecureServer({ ...tls, requestCert: true, rejectUnauthorized: false }, answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `${tls === undefined ? "http" : "https"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    store,
    identity,
    logged,
    get ahead() {
      return clock.ahead;
    },
    set ahead(ms) {
      clock.ahead = ms;
    },
    async ask(path, headers = {}, method = "POST") {
      const answer = await fetch(`${url}${path}`, { method, headers });
      const said = await answer.text();
      return {
        status: answer.status,
        principal: answer.status === 200 ? (JSON.parse(said) as Principal) : undefined,
        said,
        challenge: answer.headers.get("www-authenticate") ?? undefined,
        headers: answer.headers,
      };
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await identity.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
