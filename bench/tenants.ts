import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { start } from "../test/conformance/child.ts";
import { mint } from "../src/identity/key.ts";
import { openStore } from "../src/store/open.ts";
import type { Peer } from "./call.ts";
import { BIN } from "./gate.ts";
import { generator } from "./generator.ts";
import { middle, type Spread, spread } from "./numbers.ts";

/** What one tenant waits while another sends its share, and ten times as much. */
export interface Crowded {
  /** Latency of the calm tenant's calls, µs. */
  readonly fair: Spread;
  readonly flooded: Spread;
  /** Where the other sends all that it gets answered, on as many connections. */
  readonly full: Spread;
}

const TENANTS = ["calm", "other"] as const;
/** Calls a second of the calm tenant, and of the other at its share. */
const RATES = { calm: 100, fair: 100, flood: 1_000 };
const SECONDS = 4;
const CONNECTIONS = 64;

/** A key of each tenant, in the store that the gate will open. */
async function keysIn(path: string): Promise<ReadonlyMap<string, string>> {
  const store = await openStore({ kind: "sqlite", path });
  const keys = new Map<string, string>();
  for (const tenant of TENANTS) {
    const { text, ...own } = mint("live");
    const nothing = { roles: [], scopes: [], servers: [], tools: [], networks: [] };
    const times = { made_at: Date.now(), expires_at: Date.now() + 3_600_000, used_at: null };
    const whose = { kind: "live", tenant, principal: "bench", name: "", made_by: "bench" } as const;
    await store.credentials.add({
      ...own,
      ...whose,
      ...times,
      ...nothing,
      revoked_at: null,
      revoked_by: null,
    });
    keys.set(tenant, text);
  }
  await store.close();
  return keys;
}

/** Two tenants on one gate, each with a generator of its own; rounds of fair and flooded in turn. */
export async function crowded(
  folder: string,
  upstream: string,
  tools: readonly string[],
  rounds = 3,
): Promise<Crowded> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "policy.yaml"), "defaults: { verdict: allow }\nrules: []\n");
  const path = join(folder, "portcullis.db");
  const keys = await keysIn(path);
  const config = join(folder, "portcullis.yaml");
  await writeFile(
    config,
    JSON.stringify({
      version: 1,
      listen: "127.0.0.1:0",
      store: `sqlite:${path}`,
      policy: "policy.yaml",
      auth: { mode: "required", api_keys: true },
      tenants: Object.fromEntries(TENANTS.map((tenant) => [tenant, {}])),
      mcpServers: { bench: { url: upstream, transport: "streamable-http" } },
    }),
  );
  const gate = await start([BIN, "start", "--config", config]);
  const loads = TENANTS.map(() => generator());
  const [calm, other] = loads;
  if (calm === undefined || other === undefined) throw new Error("no generators");
  const peerOf = (tenant: string): Peer => ({
    url: new URL("/mcp", gate.url).href,
    era: "modern",
    tools,
    authorization: `Bearer ${keys.get(tenant) ?? ""}`,
  });
  const beside = async (rate: number | "all"): Promise<Spread> => {
    const open = { kind: "open", connections: CONNECTIONS } as const;
    const [own] = await Promise.all([
      calm.run({ ...open, peer: peerOf("calm"), per_second: RATES.calm, calls: RATES.calm * SECONDS }),
      other.run(
        rate === "all"
          ? {
              kind: "closed",
              connections: CONNECTIONS,
              peer: peerOf("other"),
              calls: Number.MAX_SAFE_INTEGER,
              within_ms: SECONDS * 1_000,
            }
          : { ...open, peer: peerOf("other"), per_second: rate, calls: rate * SECONDS },
      ),
    ]);
    return spread(own.latencies_us);
  };
  try {
    await beside(RATES.fair);
    const fair: Spread[] = [];
    const flooded: Spread[] = [];
    const full: Spread[] = [];
    for (let round = 0; round < rounds; round++) {
      fair.push(await beside(RATES.fair));
      flooded.push(await beside(RATES.flood));
      full.push(await beside("all"));
    }
    return { fair: middle(fair), flooded: middle(flooded), full: middle(full) };
  } finally {
    for (const load of loads) load.stop();
    await gate.stop();
  }
}
