import { version } from "../config/version.ts";
import { ownKeys } from "../config/keys.ts";
import { parseStore } from "../config/address.ts";
import { loadConfig } from "../config/load.ts";
import { problemOf, Problems } from "../document/problem.ts";
import { construct, type Running } from "../main.ts";
import { openLog } from "../telemetry/log.ts";
import { connection, type Connection, type Ends } from "./connection.ts";
import { type PolicyGiven, policyGiven } from "./given.ts";
import { type Asker, principalOf } from "./principal.ts";
import type { Verified } from "./sdk.ts";

export interface GovernanceOptions {
  /** What policy (`match.server`) and records call this server; `server` if absent. */
  readonly name?: string;
  /** `enforce`: policy decides (if absent). `observe`: nothing is refused, and what would have been is recorded. */
  readonly mode?: "enforce" | "observe";
  /** `sqlite:FILE` (relative to the current folder) or `postgres://…`; the user's own records if absent. */
  readonly store?: string;
  /** Whom a verified credential belongs to; the client it was given to if absent. */
  readonly principal?: (verified: Verified) => Asker;
}

/** One policy and one journal for any number of servers and connections. */
export interface Governance {
  /** Stands between a transport and a server. Rejects with StoreUnusable where nothing can be written down. */
  readonly connect: (ends: Omit<Ends, "principalOf">) => Promise<Connection>;
  /** Writes what waits, then lets go of the journal. What connects later opens it again. */
  readonly close: () => Promise<void>;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What an embedded gate is configured with: nothing that a gate beside it would read. */
function configOf({ mode = "enforce", store }: GovernanceOptions) {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("PORTCULLIS_"));
  const { config } = loadConfig({ file: undefined, env: Object.fromEntries(own) });
  const address = store === undefined ? config.store : parseStore(store, process.cwd());
  if (address === undefined)
    throw new Problems([problemOf("store", "is neither sqlite:FILE nor postgres://…")]);
  // Where a program says where its records are, their key is beside them, if nobody wrote another.
  const isWritten = config.keys.kind === "secret" || config.keys.kind === "vault";
  const keys = store === undefined || isWritten ? config.keys : ownKeys(address);
  return { ...config, mode, store: address, keys, policy: [], servers: [] };
}

/**
 * Reads a policy and makes ready to govern by it. Throws Problems with everything that is wrong in it; the journal is
 * opened when the first server connects.
 */
export function governance(policy: PolicyGiven, options: GovernanceOptions = {}): Governance {
  const { name = "server", principal } = options;
  if (!NAME.test(name))
    throw new Problems([problemOf("name", "a server's name is up to 64 letters, digits, `.`, `_` and `-`")]);
  const config = configOf(options);
  const judge = policyGiven(policy);
  let running: Promise<Running> | undefined;

  async function open(): Promise<Running> {
    const opening = construct({ config, policy: judge, log: openLog("warn"), version: version() });
    try {
      return await opening;
    } catch (error) {
      running = undefined;
      throw error;
    }
  }

  return {
    async connect(ends) {
      const { gate } = await (running ??= open());
      return connection(gate, name, { ...ends, principalOf: (extra) => principalOf(extra, principal) });
    },
    async close() {
      const last = running;
      running = undefined;
      await (await last)?.close();
    },
  };
}
