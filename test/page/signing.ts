import { once } from "node:events";
import { createServer } from "node:http";
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openBeside } from "../../src/admin/open.ts";
import { desk } from "../../src/approval/desk.ts";
import { links } from "../../src/approval/link.ts";
import { approvalId } from "../../src/call/id.ts";
import type { Config } from "../../src/config/config.ts";
import type { SignInSettings } from "../../src/config/sign-in.ts";
import { openSignIn } from "../../src/identity/browser/open.ts";
import { AUTH, ISSUER } from "../../src/identity/door.oracle.ts";
import { identityOf } from "../../src/identity/identify.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { GATE_CLIENT, type PeopleProvider, peopleProvider } from "../identity/people-provider.ts";
import { asking, type Asking } from "./served.ts";

/** The pages of a gate where people sign in, at a provider and with one-time passwords. */
export interface Signing extends Asking {
  readonly url: string;
  readonly store: Store;
  readonly provider: PeopleProvider;
  readonly logged: unknown[];
  /** Milliseconds by which the gate's clock is ahead. */
  ahead: number;
  close(): Promise<void>;
}

export const SECRET = Buffer.alloc(32, 7);

export async function signing(settings: Partial<SignInSettings> = {}, public_url?: string): Promise<Signing> {
  const folder = mkdtempSync(join(tmpdir(), "signing-"));
  const store = await openStore({ kind: "sqlite", path: join(folder, "s.db") });
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const answer = beside(path, at);
    if (answer === undefined) return void response.writeHead(404).end();
    return void answer(request, response, {
      draining: false,
      identify: () => identity.identify(request, at),
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = await peopleProvider([`${public_url ?? url}/signin/callback`]);
  const issuer = { ...ISSUER, issuer: provider.issuer };
  const logged: unknown[] = [];
  const note = (...words: unknown[]): void => void logged.push(words);
  const log = { debug: note, info: note, warn: note, error: note } as never;
  const clock = { ahead: 0 };
  const now = (): number => Date.now() + clock.ahead;
  const ticks = (): number => performance.now();
  const sign_in: SignInSettings = {
    oidc: {
      issuer,
      client_id: GATE_CLIENT.id,
      client_secret: GATE_CLIENT.secret,
      scopes: ["openid"],
      acr_values: [],
    },
    one_time_passwords: true,
    idle_ms: 30 * 60_000,
    lasts_ms: 8 * 3_600_000,
    ...settings,
  };
  const auth = { ...AUTH, public_url, api_keys: true, issuers: [issuer], sign_in };
  const { credentials, people, signIns } = store;
  const actsOf = (tenant: string) => store.forTenant(tenant).acts;
  const parts = { credentials, people, signIns, actsOf, secret: () => SECRET, fetch, log, now, ticks };
  const identity = identityOf({
    ...parts,
    auth,
    tls: false,
    fetch: (to, init) => fetch(to, init),
    browser: openSignIn(auth, sign_in, { ...parts, fetch: (to, init) => fetch(to, init) }),
  });
  const at = { host: "127.0.0.1", port: 0 };
  const signed = links(SECRET);
  const own = desk(store, now, approvalId);
  const beside = openBeside(
    {
      gate: { desk: own, now, log } as never,
      store,
      identity,
      pages: { links: () => signed, urlOf: () => undefined, reachedAt: () => undefined },
    },
    {
      auth,
      servers: [],
      voters: [],
      allowed_origins: [],
      allowed_hosts: public_url === undefined ? [] : [new URL(public_url).hostname],
    } as unknown as Config,
  );
  return {
    ...asking(store, own, signed),
    url,
    store,
    provider,
    logged,
    get ahead() {
      return clock.ahead;
    },
    set ahead(ms) {
      clock.ahead = ms;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      provider.stop();
      await identity.close();
      await store.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
