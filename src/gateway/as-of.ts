import type { Principal } from "../call/principal.ts";
import type { Gate, InForce } from "./gate.ts";

/** The gate under each version, once. */
const gates = new WeakMap<Gate, WeakMap<InForce, Gate>>();

/** The gate as a principal's tenant has it. */
export function within(gate: Gate, principal: Principal): Gate {
  return gate.of?.(principal) ?? gate;
}

/**
 * The gate as it is for a principal at this moment, with policy and stages of the version that decides for it. What begins
 * with one keeps its version to the end; a gate that is one already stays what it is.
 */
export function asOf(root: Gate, principal: Principal): Gate {
  const gate = within(root, principal);
  const found = gate.inForce(principal);
  if (found.policy === gate.policy && found.beside === gate.beside) return gate;
  const known = gates.get(gate) ?? new WeakMap<InForce, Gate>();
  gates.set(gate, known);
  const before = known.get(found);
  if (before !== undefined) return before;
  const { beside: _, ...rest } = gate;
  const made: Gate = { ...rest, ...found, inForce: () => found };
  known.set(found, made);
  return made;
}
