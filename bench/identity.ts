import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { identityOf } from "../src/identity/identify.ts";
import type { Identity } from "../src/identity/identity.ts";
import { mint } from "../src/identity/key.ts";
import { openStore } from "../src/store/open.ts";
import { median } from "./numbers.ts";

export interface Identified {
  readonly what: string;
  /** CPU of one request, median over rounds, µs. */
  readonly us: number;
  readonly goal_us: number;
}

const ISSUER = "https://id.example";
const RESOURCE = "https://gate.example/mcp";
const ROUNDS = 9;
const KNOWN = 5_000;
const FRESH = 100;
const AT = { host: "127.0.0.1", port: 0 };

const AUTH = {
  mode: "required",
  public_url: "https://gate.example",
  issuers: [
    {
      issuer: ISSUER,
      audience: [],
      jwks_uri: `${ISSUER}/jwks`,
      algorithms: ["RS256", "ES256"],
      prefix: "",
      tenant: "default",
      claims: { id: "sub", tenant: undefined, roles: "roles", scopes: ["scope"] },
      introspection: undefined,
    },
  ],
  demands: [],
  implies: {},
  dpop: "accepted",
  api_keys: true,
  mtls: undefined,
  trusted_proxies: [],
} as const;

/** A request as clients send it, with a dozen fields. */
function requestWith(authorization: string): IncomingMessage {
  const headers = { host: "gate.example", authorization, "content-type": "application/json", accept: "*/*" };
  const others = Array.from({ length: 8 }, (_, at) => [`X-Field-${at}`, "value"]).flat();
  const rawHeaders = [...Object.entries(headers).flat(), ...others];
  const socket = { remoteAddress: "127.0.0.1", localPort: 8090 };
  return { headers, rawHeaders, url: "/mcp", method: "POST", socket } as unknown as IncomingMessage;
}

async function timed(
  identity: Identity,
  requests: readonly IncomingMessage[],
  times: number,
): Promise<number> {
  const from = process.cpuUsage();
  for (let at = 0; at < times; at += 1) {
    const found = identity.identify(requests[at % requests.length] as IncomingMessage, AT);
    if (found instanceof Promise) await found;
  }
  const { user, system } = process.cpuUsage(from);
  return (user + system) / times;
}

/** What it costs to know who sent a request. */
export async function identified(): Promise<readonly Identified[]> {
  const folder = mkdtempSync(join(tmpdir(), "bench-identity-"));
  const store = await openStore({ kind: "sqlite", path: join(folder, "a.db") });
  const pair = await generateKeyPair("RS256");
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: "k", alg: "RS256" }] });
  const quiet = (): void => undefined;
  const identity = identityOf({
    auth: AUTH,
    tls: false,
    credentials: store.credentials,
    people: store.people,
    actsOf: (tenant) => store.forTenant(tenant).acts,
    fetch: () => Promise.resolve(new Response(jwks)),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    now: Date.now,
    ticks: () => performance.now(),
  });
  const sign = async (sub: string): Promise<IncomingMessage> => {
    const token = await new SignJWT({ scope: "mcp files.read", roles: ["developer"] })
      .setProtectedHeader({ alg: "RS256", kid: "k", typ: "at+jwt" })
      .setIssuer(ISSUER)
      .setAudience(RESOURCE)
      .setSubject(sub)
      .setExpirationTime("1h")
      .sign(pair.privateKey);
    return requestWith(`Bearer ${token}`);
  };
  const { text, ...own } = mint("live");
  const nothing = { roles: [], scopes: [], servers: [], tools: [], networks: [] };
  const of = { tenant: "default", principal: "ci", name: "", made_at: 0, made_by: "bench" };
  const unused = { revoked_at: null, revoked_by: null, used_at: null };
  await store.credentials.add({ ...own, ...of, ...nothing, ...unused, expires_at: Date.now() + 3_600_000 });
  const key = [requestWith(`Bearer ${text}`)];
  try {
    const known = [await sign("ana")];
    await timed(identity, [...known, ...key], 2);
    const rounds = { cached: [] as number[], first: [] as number[], key: [] as number[] };
    for (let round = 0; round < ROUNDS; round += 1) {
      const fresh = await Promise.all(Array.from({ length: FRESH }, (_, at) => sign(`user-${round}-${at}`)));
      rounds.first.push(await timed(identity, fresh, FRESH));
      rounds.cached.push(await timed(identity, known, KNOWN));
      rounds.key.push(await timed(identity, key, KNOWN));
    }
    return [
      { what: "bearer token, seen before", us: median(rounds.cached), goal_us: 10 },
      { what: "bearer token, first time (RS256)", us: median(rounds.first), goal_us: 300 },
      { what: "API key", us: median(rounds.key), goal_us: 5 },
    ];
  } finally {
    await identity.close();
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
