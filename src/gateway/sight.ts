import { whose } from "../call/principal.ts";
import type { Config } from "../config/config.ts";
import type { Policy } from "../policy/policy.ts";
import type { Sources } from "../stages/order.ts";
import type { Catalogue, Shelf } from "./lists/catalogue.ts";

/** What stages look up, as one version of policy has it. */
export function sightOf(
  policy: Policy,
  catalogue: Catalogue,
  mode: Config["mode"],
): Omit<Sources, "check" | "confines" | "guards"> {
  /** Whether policy hides any name of a list: worked out once for each list that was learned. */
  const withheld = new WeakMap<Shelf["items"], boolean>();
  return {
    hides: (principal, server, target) => policy.hides(principal, server, target),
    withholds: (principal, server) => policy.withholds(principal, server),
    unheard: ({ server, principal, target }) => {
      if (mode === "observe" || (target.kind !== "tool" && target.kind !== "prompt")) return false;
      const { kind, name } = target;
      const items = catalogue.shelf(
        server,
        whose(principal),
        kind === "tool" ? "tools/list" : "prompts/list",
      )?.items;
      if (items === undefined || items.has(name)) return false;
      const known = withheld.get(items);
      if (known !== undefined) return known;
      const some = [...items.keys()].some((each) => policy.hides(principal, server, { kind, name: each }));
      withheld.set(items, some);
      return some;
    },
    inputSchemaOf: ({ server, principal, target }) => {
      if (target.kind !== "tool") return undefined;
      const items = catalogue.shelf(server, whose(principal), "tools/list")?.items;
      const schema = items?.get(target.name)?.["inputSchema"];
      return typeof schema === "object" && schema !== null && !Array.isArray(schema)
        ? (schema as never)
        : undefined;
    },
  };
}
