import { constants } from "node:os";
import { urlOf } from "../config/address.ts";
import type { Config, Listener } from "../config/config.ts";
import { separateOf } from "../config/exposure.ts";
import { shown } from "../config/paths.ts";
import { version } from "../config/version.ts";
import type { HttpDoor } from "../ingress/http.ts";
import { construct, openHttp } from "../main.ts";
import { openLog } from "../telemetry/log.ts";
import { configured } from "./configured.ts";
import { type ExitCode, Failure } from "./failure.ts";
import { invoked } from "./invoked.ts";
import { sayFirstKey } from "./keys/first-key.ts";
import { sayInClear } from "./keys/in-clear.ts";
import { policyInForce, unanswerableText } from "./policy/of.ts";
import { say, tell } from "./say.ts";
import { sayMissing } from "./servers/came-up.ts";

export interface StartOptions {
  readonly config?: string;
  readonly port?: number;
  readonly workers?: number;
}

/** A listener, and its address as clients write it. */
interface Open {
  readonly at: Listener;
  readonly url: string;
}

/** Runs the gate until SIGINT or SIGTERM, then lets what is under way end. */
export async function start({ config: named, port, workers = 1 }: StartOptions): Promise<ExitCode> {
  if (workers > 1) {
    throw new Failure(
      2,
      "this version serves with one process: sessions are not yet shared between workers",
      "leave --workers away",
    );
  }
  const config = configured(named, port === undefined ? {} : { port });
  if (config.servers.length === 0) {
    throw new Failure(
      2,
      `${shown(config.file ?? "portcullis.yaml")} names no server, so there is nothing to guard`,
      "add one under `mcpServers:`, or run `portcullis init --import`",
    );
  }
  const { policy, summary, follows, unanswerable } = policyInForce(config);
  if (unanswerable.length > 0) say("warn", unanswerableText(unanswerable));
  const running = await construct({ config, policy, follows, log: openLog(), version: version() });
  try {
    const door = await openHttp(running, config);
    const open = await listen(door, config);
    const first = open.find(({ at }) => at.server === undefined);
    if (first !== undefined) running.pages.reachedAt(first.url);
    const ending = asked(); // before anybody is told that it is ready
    announce(config, open, summary);
    await sayFirstKey(config, running.store);
    sayInClear(config);
    const over = new AbortController();
    const missing = sayMissing(config.servers, over.signal);
    const signal = await ending;
    tell(`${signal}: ending what is under way`);
    over.abort();
    await door.drain();
    await missing;
    return signal === "SIGINT" ? 130 : 0;
  } finally {
    await running.close();
  }
}

async function listen(door: HttpDoor, config: Config): Promise<readonly Open[]> {
  const open: Open[] = [];
  for (const at of config.listen) {
    try {
      const { address: host, port } = await door.listen(at);
      open.push({ at, url: urlOf({ host, port }, config.tls === undefined ? "http" : "https") });
    } catch (error) {
      // What listens already would keep the process.
      await door.drain();
      throw cannotListen(at, error);
    }
  }
  return open;
}

function cannotListen({ host, port, server }: Listener, error: unknown): Failure {
  const whose = server === undefined ? "" : ` for server ${server}`;
  const mend =
    server === undefined
      ? `portcullis start --port ${port + 1}`
      : `write another \`port:\` below \`${server}:\``;
  if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") {
    return new Failure(
      3,
      `port ${port} of ${host}${whose} is already used by another process`,
      `${mend}, or end the process that has it`,
    );
  }
  const why = error instanceof Error ? error.message : String(error);
  return new Failure(3, `cannot listen on ${host}:${port}${whose}: ${why}`, "change `listen:`");
}

/** Each listener on a line: where it is and what is behind it. */
function table({ servers, listen: all }: Config, open: readonly Open[]): readonly string[] {
  const separate = separateOf(all);
  const together = servers.flatMap(({ name }) => (separate.has(name) ? [] : [name]));
  const rows = open.map(({ at, url }): readonly [string, string] => {
    if (at.server !== undefined) return [`${url}/mcp`, at.server];
    if (together.length === 0) return [url, "health only: each server has an address of its own"];
    return [`${url}/mcp`, `${together.join(", ")}   one of them alone: /mcp/${together[0] ?? ""}`];
  });
  const width = Math.max(...rows.map(([url]) => url.length));
  return rows.map(([url, what]) => `listen  ${url.padEnd(width)}   ${what}`);
}

/** Where to connect and where the records are, on standard output because scripts wait for the line that begins `ready`. */
function announce(config: Config, open: readonly Open[], policy: string): void {
  const rows = table(config, open);
  const first = open.find(({ at }) => at.server === undefined);
  const isServed = config.servers.some(({ name }) => config.listen.every(({ server }) => server !== name));
  const to = isServed ? first : open.find(({ at }) => at.server !== undefined);
  const outside = config.auth.mode === "required" ? config.public_url : undefined;
  const url = `${outside ?? to?.url ?? ""}/mcp`;
  const store = config.store.kind === "sqlite" ? shown(config.store.path) : "PostgreSQL";
  // Claude Code signs in by itself where there is somebody to sign in at; a key it is given.
  const { auth } = config;
  const shows = auth.mode === "required" && auth.api_keys && auth.issuers.length === 0;
  const header = shows ? ' --header "Authorization: Bearer $PORTCULLIS_API_KEY"' : "";
  const lines = [
    ...rows,
    `ready ${isServed ? url : (first?.url ?? "")}`,
    `  policy   ${policy}${config.mode === "observe" ? "   observe: nothing is refused, everything is recorded" : ""}`,
    `  records  ${store}   read them: ${invoked()} logs${config.file === undefined ? "" : ` --config ${shown(config.file)}`}`,
    `  connect  claude mcp add --transport http ${to?.at.server ?? "portcullis"} ${url}${header}`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Resolves with the signal that asks the process to end; a second one ends it at once. */
function asked(): Promise<"SIGINT" | "SIGTERM" | "SIGHUP"> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        resolve(signal);
        process.once(signal, () => process.exit(128 + constants.signals[signal]));
      });
    }
  });
}
