import { isObject, type Json } from "../call/json.ts";
import { urlOf } from "../config/address.ts";
import type { Address } from "../config/config.ts";

/** A gate that answers on an address. */
export interface RunningGate {
  readonly url: string;
  readonly version: string;
}

const ANSWER_MS = 1000;

/** Asks `GET /health`; undefined where nothing answers, or something else than a gate does. */
async function gateAt(address: Address): Promise<RunningGate | undefined> {
  const url = urlOf(address);
  try {
    const response = await fetch(`${url}/health`, {
      signal: AbortSignal.timeout(ANSWER_MS),
      redirect: "error",
    });
    const said = (await response.json()) as Json;
    if (!isObject(said) || said["status"] !== "healthy" || typeof said["version"] !== "string")
      return undefined;
    return { url, version: said["version"].slice(0, 40) };
  } catch {
    return undefined;
  }
}

/** The gates that answer on any of the addresses; port 0 is none. */
export async function gatesAt(addresses: readonly Address[]): Promise<readonly RunningGate[]> {
  const found = await Promise.all(addresses.filter(({ port }) => port !== 0).map(gateAt));
  return found.filter((gate) => gate !== undefined);
}
