import type { Gate } from "../gate.ts";

type Order = Gate["order"];

const known = new WeakMap<Order, Order>();

/**
 * The gate for questions that name no arguments at all: what a tool's schema demands of them is seen with the call, and
 * the check is not reported as one that ran.
 */
export function unargued(gate: Gate): Gate {
  const before = known.get(gate.order);
  if (before !== undefined) return { ...gate, order: before };
  const columns = Object.entries(gate.order).map(([column, chain]) => [
    column,
    { ...chain, before: chain.before.filter(({ stage }) => stage !== "arguments") },
  ]);
  const order = Object.fromEntries(columns) as Order;
  known.set(gate.order, order);
  return { ...gate, order };
}
