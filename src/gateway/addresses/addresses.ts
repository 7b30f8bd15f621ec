import type { Gate } from "../gate.ts";
import type { Address } from "./address.ts";
import { merged } from "./merged.ts";
import { single } from "./single.ts";

/** Each server at its own name, and all that are not separate at ``; one server alone is the same at both. */
export function addressesOf(gate: Gate, separate: ReadonlySet<string>): ReadonlyMap<string, Address> {
  const own = [...gate.servers.values()].map((one) => [one.server.name, single(gate, one)] as const);
  const together = new Map([...gate.servers].filter(([name]) => !separate.has(name)));
  const [only] = together.values();
  if (only === undefined) return new Map(own);
  const plain = together.size === 1 && only.server.prefix === undefined;
  const all = plain ? { ...single(gate, only), name: "" } : merged({ ...gate, servers: together });
  return new Map([...own, ["", all]]);
}
