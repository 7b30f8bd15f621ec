import { isGuarded } from "../call/guard.ts";
import type { JsonObject } from "../call/json.ts";
import type { Config } from "../config/config.ts";
import type { Outsider } from "../detect/outsider.ts";
import type { VaultParts } from "../masking/vault.ts";
import type { Policy } from "../policy/policy.ts";
import type { Gate } from "./gate.ts";
import type { Guarding } from "./guards.ts";

interface Ports extends Pick<Gate, "log" | "now" | "ticks">, Pick<VaultParts, "store"> {
  /** What the gates of one store share. */
  readonly secret: () => Uint8Array | undefined;
  /** Guards that are not built in. */
  readonly outsiders: readonly Outsider[];
  /** Whether policy changes while the gate runs. */
  readonly follows: boolean;
}

/** The guards, where the configuration or any policy may want them; else nothing of them is loaded. */
export async function openGuards(
  config: Config,
  policy: Policy,
  { secret: shared, follows, ...ports }: Ports,
): Promise<(Guarding & { close(): Promise<void> }) | undefined> {
  // Rules that come later, or of tenants, may want guards; without a file there are none such.
  if (!isGuarded(config.guarding) && policy.guards.size === 0 && !follows && config.file === undefined)
    return undefined;
  const { guardsOn } = await import("./guards.ts");
  const { vault } = await import("../masking/vault.ts");
  // Who only watches gives no marks.
  const entitled = config.mode === "observe" ? [] : config.servers.flatMap(({ entitled: own = [] }) => own);
  const kinds = new Set<string>(entitled);
  // What nobody gets back needs no key that others share.
  const secret = kinds.size === 0 ? undefined : shared();
  return guardsOn(config, { ...ports, tokens: vault({ ...ports, secret, kinds }) });
}

/** The profile of guards, and the guards that differ from it, for whoever asks how the gate is. */
export function guardState(
  { guarding: { profile, guards } }: Pick<Config, "guarding">,
  outsiders: readonly Outsider[],
): JsonObject {
  const own = Object.entries(guards).map(([name, { action }]) => [name, action ?? "on"] as const);
  const plugins = outsiders.map(({ name, version, tier, broken, resting }) => ({
    name,
    version,
    tier,
    broken,
    resting: resting(),
  }));
  return {
    profile,
    ...(own.length > 0 && { own: Object.fromEntries(own) }),
    ...(plugins.length > 0 && { plugins }),
  };
}
