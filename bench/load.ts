// The generator, in a process of its own. Takes jobs from its parent, one at a time, and keeps connections between them.
import { setTimeout as sleep } from "node:timers/promises";
import { ECHO, FIRST_ID, request, type Peer, type Template } from "./call.ts";
import { handshake, listen, open, type Line } from "./socket.ts";

export type Job =
  | {
      readonly kind: "closed";
      readonly peer: Peer;
      readonly connections: number;
      readonly calls: number;
      readonly within_ms: number;
    }
  | {
      readonly kind: "open";
      readonly peer: Peer;
      readonly connections: number;
      readonly per_second: number;
      readonly calls: number;
    }
  | { readonly kind: "sessions"; readonly peer: Peer; readonly count: number; readonly streams: boolean };

/** `latencies_us` in the order of their ends. */
export interface Done {
  readonly elapsed_ms: number;
  readonly latencies_us: readonly number[];
}
export type Reply = Done | { readonly error: string };

interface Client {
  readonly line: Line;
  readonly calls: readonly Template[];
}

const clients = new Map<string, Promise<readonly Client[]>>();
let next = FIRST_ID;

async function client(peer: Peer): Promise<Client> {
  const line = await open(peer.url);
  const session = peer.era === "legacy" ? await handshake(line, peer.url) : undefined;
  return { line, calls: peer.tools.map((tool) => request(peer, tool, session)) };
}

function connected(peer: Peer, count: number): Promise<readonly Client[]> {
  const key = `${peer.era} ${peer.url}`;
  const known = clients.get(key) ?? Promise.all(Array.from({ length: count }, () => client(peer)));
  clients.set(key, known);
  return known;
}

/** One call, checked; gives its duration in µs since `from`. */
async function once({ line, calls }: Client, from = performance.now()): Promise<number> {
  const id = next++;
  const template = calls[id % calls.length];
  if (template === undefined) throw new Error("a peer without tools");
  const { status, body } = await line.ask(template.before + String(id) + template.after);
  if (status !== 200 || !body.includes(ECHO) || body.includes('"isError":true'))
    throw new Error(`${status} ${body.slice(0, 500)}`);
  return (performance.now() - from) * 1000;
}

/** Ends with the last call or with the time, whichever is first. */
async function closed({ peer, connections, calls, within_ms }: Job & { kind: "closed" }): Promise<Done> {
  const all = await connected(peer, connections);
  const latencies_us: number[] = [];
  let left = calls;
  const began = performance.now();
  await Promise.all(
    all.map(async (client) => {
      while (left-- > 0 && performance.now() - began < within_ms) latencies_us.push(await once(client));
    }),
  );
  return { elapsed_ms: performance.now() - began, latencies_us };
}

/** Calls begin when the clock says so, whatever became of those before; waiting for a free connection counts. */
async function opened({ peer, connections, per_second, calls }: Job & { kind: "open" }): Promise<Done> {
  const free = [...(await connected(peer, connections))];
  const waiting: ((client: Client) => void)[] = [];
  const latencies_us: number[] = [];
  const one = async () => {
    const from = performance.now();
    const client = free.pop() ?? (await new Promise<Client>((resolve) => waiting.push(resolve)));
    latencies_us.push(await once(client, from));
    const heir = waiting.shift();
    if (heir === undefined) free.push(client);
    else heir(client);
  };
  const began = performance.now();
  const running: Promise<void>[] = [];
  for (let at = 0; at < calls; at++) {
    const ahead_ms = began + (at * 1000) / per_second - performance.now();
    if (ahead_ms > 0) await sleep(ahead_ms);
    running.push(one());
  }
  await Promise.all(running);
  return { elapsed_ms: performance.now() - began, latencies_us };
}

/** Sessions that are being opened at once. */
const OPENING = 8;

/** Opens that many sessions, makes a call in each, and keeps them; with `streams`, opens the own stream of each. */
async function sessions({ peer, count, streams }: Job & { kind: "sessions" }): Promise<Done> {
  const began = performance.now();
  const latencies_us: number[] = [];
  let left = count;
  await Promise.all(
    Array.from({ length: OPENING }, async () => {
      const line = await open(peer.url);
      while (left-- > 0) {
        const session = await handshake(line, peer.url);
        latencies_us.push(
          await once({ line, calls: peer.tools.map((tool) => request(peer, tool, session)) }),
        );
        if (streams) await listen(peer.url, session);
      }
    }),
  );
  return { elapsed_ms: performance.now() - began, latencies_us };
}

function work(job: Job): Promise<Done> {
  switch (job.kind) {
    case "closed":
      return closed(job);
    case "open":
      return opened(job);
    case "sessions":
      return sessions(job);
  }
}

async function reply(job: Job): Promise<void> {
  let said: Reply;
  try {
    said = await work(job);
  } catch (error) {
    said = { error: String(error) };
  }
  process.send?.(said);
}

process.on("message", (job: Job) => void reply(job));
process.on("disconnect", () => process.exit(0));
