import { createHash } from "node:crypto";
import { createClient } from "redis";
import type { Log } from "../telemetry/log.ts";
import type { Input } from "./inputs.ts";
import { CountersUnavailable } from "./counters.ts";

/** Something that runs inside Redis. */
export interface Script {
  readonly text: string;
  readonly digest: string;
}

export function script(text: string): Script {
  return { text, digest: createHash("sha1").update(text).digest("hex") };
}

/** One connection to Redis, which comes back by itself. */
export interface Connection {
  /** Host and database, without user and password. */
  readonly where: string;
  /** Runs a script, once at most. Rejects with CountersUnavailable: then nobody knows whether it ran. */
  run(script: Script, input: Input): Promise<unknown>;
  /** A section of what Redis says of itself, by name. Rejects with CountersUnavailable. */
  info(section: string): Promise<ReadonlyMap<string, string>>;
  /** Why there is no connection, or undefined where there is one. */
  readonly trouble: () => string | undefined;
  close(): Promise<void>;
}

/** Longer than this nobody waits for an answer, ms. */
const ANSWER_MS = 2_000;
const CONNECT_MS = 2_000;
const AGAIN_MS = { least: 50, most: 2_000 };
/** Commands that may wait for an answer. */
const MAX_WAITING = 8_192;

function placeOf(url: string): string {
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname}`;
}

/** Waits for an answer no longer than `ANSWER_MS`. */
async function answered<T>(reply: Promise<T>, where: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ANSWER_MS} ms`)), ANSWER_MS);
  });
  try {
    return await Promise.race([reply, late]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CountersUnavailable(`${where} does not count: ${why}`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Connects, and tries again for as long as it takes. Resolves with the first connection or with the first failure to
 * make one: a gate may start before its Redis does.
 */
export async function connect(url: string, log: Pick<Log, "warn" | "info">): Promise<Connection> {
  const where = placeOf(url);
  let trouble: string | undefined = "not connected yet";
  const client = createClient({
    url,
    // What waited for a connection would be counted for a call that was refused long ago.
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_WAITING,
    name: "portcullis",
    socket: {
      connectTimeout: CONNECT_MS,
      reconnectStrategy: (tries) => Math.min(AGAIN_MS.least * 2 ** Math.min(tries, 10), AGAIN_MS.most),
    },
  });
  const heard = new Promise<void>((resolve) => {
    client.on("ready", () => {
      if (trouble !== undefined) log.info({ where }, "limits are counted in Redis");
      trouble = undefined;
      resolve();
    });
    client.on("error", (error: Error) => {
      const reason = "code" in error ? String(error.code) : error.message;
      if (trouble === undefined || trouble === "not connected yet")
        log.warn({ where, reason }, "Redis cannot be reached: calls with limits are refused until it can");
      trouble = `${where} cannot be reached: ${reason}`;
      resolve();
    });
  });
  client.connect().catch(() => {}); // told as an error already
  await heard;

  async function run({ text, digest }: Script, { keys, args }: Input): Promise<unknown> {
    const rest = [String(keys.length), ...keys, ...args];
    const reply = client.sendCommand(["EVALSHA", digest, ...rest]).catch((error: unknown) => {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return client.sendCommand(["EVAL", text, ...rest]);
    });
    return await answered(reply, where);
  }

  return {
    where,
    run,
    async info(section) {
      const said = await answered(client.info(section), where);
      return new Map(
        said.split("\r\n").flatMap((line) => {
          const colon = line.indexOf(":");
          return colon === -1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
        }),
      );
    },
    trouble: () => trouble,
    async close() {
      if (client.isReady) await client.close().catch(() => {});
      else client.destroy();
    },
  };
}
