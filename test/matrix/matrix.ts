import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { asked, type MatrixClient, type Operation, type Seen } from "./asks.ts";
import { DOORS, type Door, furnish, openGate, stand, type Standing, through } from "./gate.ts";
import { INSPECTOR } from "./inspector.ts";
import { plain } from "./plain.ts";
import { SDK_V1 } from "./sdk-v1.ts";
import { SDK_V2_AUTO, SDK_V2_LEGACY, SDK_V2_MODERN } from "./sdk-v2.ts";
import { others, OWN, type Upstream } from "./upstreams.ts";

const CLIENTS: readonly MatrixClient[] = [SDK_V1, SDK_V2_LEGACY, SDK_V2_MODERN, SDK_V2_AUTO, INSPECTOR];
/** How many servers are tried at once: the machine has two cores, and the clients wait more than they work. */
const AT_ONCE = 3;

interface Difference {
  readonly operation: Operation;
  readonly direct: unknown;
  readonly gate: unknown;
}

/** One client with one server through one door. */
export interface Cell {
  readonly upstream: Upstream;
  readonly client: string;
  readonly door: Door;
  readonly operations: readonly Operation[];
  /** The client cannot reach this server without the gate: what it saw is compared with what another client saw. */
  readonly bridged: boolean;
  readonly differences: readonly Difference[];
}

/** How much is tried: `brief` leaves out pairs that only cost, because each of them starts programs of its own. */
export type Extent = "brief" | "whole";

/** Whether this client goes to this server through this door. */
function tries(client: MatrixClient, upstream: Upstream, door: Door, extent: Extent): boolean {
  const { dear = false, everywhere = false } = client;
  const { thorough = false, spared = false, alike = false, transport } = upstream;
  const all = thorough || ((everywhere || door === "http") && !(dear && spared));
  if (extent === "whole" || !all) return all;
  if (transport !== "stdio") return !(alike && door === "proxy");
  if (thorough) return !dear;
  return everywhere && (spared || door === "http");
}

async function seenBy(client: MatrixClient, reach: Parameters<MatrixClient["run"]>[0], upstream: Upstream) {
  if (!client.speaks.includes(reach.kind)) return undefined;
  return client.run(reach, upstream.asks).then(
    (seen) => plain(seen) as Seen,
    (error: unknown) => ({ unreachable: String(error) }),
  );
}
const reached = (seen: Awaited<ReturnType<typeof seenBy>>): seen is Seen =>
  seen !== undefined && !("unreachable" in seen);

/** What every client sees without the gate; where it cannot connect, what the first that can does. */
async function directly(clients: readonly MatrixClient[], standing: Standing, extent: Extent) {
  const own = new Map<string, Seen>();
  for (const client of clients) {
    if (DOORS.every((door) => !tries(client, standing.upstream, door, extent))) continue;
    const seen = await seenBy(client, standing.direct, standing.upstream);
    if (reached(seen)) own.set(client.name, seen);
  }
  const common = [SDK_V2_AUTO, SDK_V2_LEGACY, SDK_V1, ...clients]
    .map(({ name }) => own.get(name))
    .find((seen) => seen !== undefined);
  return { own, common: common ?? {} };
}

function compare(operation: Operation, direct: unknown, gate: unknown): readonly Difference[] {
  // What fails without the gate proves nothing, and neither does what nobody saw.
  const proves = direct !== undefined && !(isObject(direct) && "failed" in direct);
  return proves && isDeepStrictEqual(gate, direct) ? [] : [{ operation, direct, gate }];
}
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

async function row(
  clients: readonly MatrixClient[],
  standing: Standing,
  gate: { url: string; config: string },
  folder: string,
  extent: Extent,
): Promise<readonly Cell[]> {
  const { upstream } = standing;
  const { own, common } = await directly(clients, standing, extent);
  // Door by door, so that who shares a session with whom does not hang on how long the other doors take.
  const tryDoor = async (door: Door): Promise<readonly Cell[]> => {
    const cells: Cell[] = [];
    const reach = through(door, gate, standing, folder);
    for (const client of clients) {
      if (reach === undefined || !tries(client, upstream, door, extent)) continue;
      const seen = await seenBy(client, reach, upstream);
      if (seen === undefined) continue;
      const direct = own.get(client.name) ?? common;
      const operations = asked(upstream.asks).filter((operation) => client.can.includes(operation));
      const differences = operations.flatMap((operation) =>
        compare(operation, direct[operation], reached(seen) ? seen[operation] : seen),
      );
      const bridged = !own.has(client.name);
      cells.push({ upstream, client: client.name, door, operations, bridged, differences });
    }
    return cells;
  };
  // A server on a pipe is a process for each client; one that stands alone might take one client's calls for another's.
  if (upstream.transport === "stdio") return (await Promise.all(DOORS.map(tryDoor))).flat();
  const cells: Cell[] = [];
  for (const door of DOORS) cells.push(...(await tryDoor(door)));
  return cells;
}

/** Tries every server with every client through every door of one gate. Cells come in the order of servers, doors, clients. */
export async function tryAll(
  clients: readonly MatrixClient[] = CLIENTS,
  extent: Extent = "whole",
): Promise<readonly Cell[]> {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-matrix-"));
  furnish(folder);
  const standing: Standing[] = [];
  let gate: Awaited<ReturnType<typeof openGate>> | undefined;
  try {
    for (const upstream of [...others(folder), ...OWN]) standing.push(await stand(upstream, folder));
    gate = await openGate(folder, standing);
    const front = gate;
    const rows: (readonly Cell[])[] = [];
    const left = [...standing.entries()];
    const lane = async (): Promise<void> => {
      for (let next = left.shift(); next !== undefined; next = left.shift())
        rows[next[0]] = await row(clients, next[1], front, folder, extent);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return rows.flat();
  } finally {
    await gate?.stop();
    for (const { stop } of standing) await stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
