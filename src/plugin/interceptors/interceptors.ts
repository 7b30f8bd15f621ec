import type { Asked } from "../../config/plugins.ts";
import type { Json, JsonObject } from "../../call/json.ts";
import type { TenantId } from "../../call/principal.ts";
import type { Leaf } from "../../detect/fields.ts";
import type { Sighting } from "../../detect/inspection.ts";
import type { Looked, Outsider, Whole } from "../../detect/outsider.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import { bounded } from "../bounded.ts";
import { actionsOf, type Terms } from "../outsider.ts";
import { hooked, inOrder, type Interceptor, listed } from "./hooks.ts";
import { talkTo } from "./mcp.ts";
import { leavesBy, mutated, taken, validated } from "./verdicts.ts";

/** So long a server's list is taken for what it is. */
const LIST_MS = 60_000;

interface Question {
  readonly texts: readonly Leaf[];
  readonly whole: Whole;
}
/** Undefined: none of its interceptors hooks into the message. */
type Said = readonly Sighting[] | undefined;

/** Asks the interceptors of an MCP server about each message (SEP-1763), in the order that its way over the boundary wants. */
function asking(plugin: Asked<"interceptors">, outbound: Outbound, ticks: () => number) {
  const { ask } = talkTo(plugin, outbound);
  let known: { readonly all: Promise<readonly Interceptor[]>; readonly until: number } | undefined;

  function list(signal: AbortSignal): Promise<readonly Interceptor[]> {
    if (known !== undefined && ticks() < known.until) return known.all;
    const all = ask("interceptors/list", {}, signal).then(listed);
    known = { all, until: ticks() + LIST_MS };
    all.catch(() => (known = undefined));
    return all;
  }

  return async ({ texts, whole }: Question, signal: AbortSignal): Promise<Said> => {
    const { event, phase, root } = whole;
    const own = hooked(await list(signal), whole);
    if (own.length === 0) return undefined;
    const shown = { guard: plugin.name, texts, leaves: leavesBy(texts, root) };
    const invoke = (name: string, payload: Json): Promise<JsonObject> =>
      ask("interceptor/invoke", { name, event, phase, payload, timeoutMs: plugin.timeout_ms }, signal);
    const validate = async (payload: Json): Promise<readonly Sighting[]> => {
      const validators = own.filter(({ type }) => type === "validation");
      const said = await Promise.all(validators.map((each) => invoke(each.name, payload)));
      return validators.flatMap((each, at) => validated(each, said[at], shown));
    };
    const mutate = async (): Promise<readonly [Json, readonly Sighting[]]> => {
      let payload = whole.payload;
      const found: Sighting[] = [];
      for (const each of inOrder(own, phase)) {
        if (each.type !== "mutation") continue;
        const made = mutated(await invoke(each.name, payload), payload);
        found.push(...taken(each, payload, made, shown));
        if (each.mode !== "audit") payload = made;
      }
      return [payload, found];
    };
    if (phase === "response") {
      const found = await validate(whole.payload);
      return [...found, ...(await mutate())[1]];
    }
    const [payload, found] = await mutate();
    return [...found, ...(await validate(payload))];
  };
}

/** An MCP server of interceptors as a guard, within the bounds of all. It judges whole messages, so nothing is remembered. */
export function interceptors(
  plugin: Asked<"interceptors">,
  terms: Terms,
  outbound: Outbound,
  ticks: () => number,
): Outsider {
  const { name, version, tier, broken, timeout_ms } = terms;
  const { ask, resting } = bounded(asking(plugin, outbound, ticks), timeout_ms, ticks);

  async function look(texts: readonly Leaf[], whole?: () => Whole, tenant?: TenantId): Promise<Looked> {
    if (whole === undefined && texts.length === 0) return { kind: "none" };
    if (whole === undefined)
      return { kind: "missed", why: "it is asked about whole messages, and this is a text" };
    const began = ticks();
    const came = await ask(texts, { texts, whole: whole() }, tenant);
    if (typeof came === "string") return { kind: "missed", why: came };
    if (came.said === undefined) return { kind: "none" };
    return { kind: "looked", sightings: came.said, us: Math.round((ticks() - began) * 1000) };
  }

  return { name, version, tier, whole: true, broken, actionOf: actionsOf(terms), look, resting };
}
