import { readFileSync } from "node:fs";
import { actId } from "../../call/id.ts";
import { digestBytes, type JsonObject } from "../../call/json.ts";
import { ROOT_TENANT } from "../../call/permission.ts";
import type { Config } from "../../config/config.ts";
import type { Policy } from "../../policy/policy.ts";
import type { Store } from "../../store/store.ts";

interface Started {
  readonly config: Pick<Config, "file" | "mode">;
  readonly policy: Pick<Policy, "version">;
  readonly version: string;
  readonly now: () => number;
}

/** Of the file as it is written: its secrets stand elsewhere. Undefined where it is gone. */
function digestOf(file: string): string | undefined {
  try {
    return digestBytes(readFileSync(file));
  } catch {
    return undefined;
  }
}

/**
 * Writes down that a gate runs, with which configuration and policy, and that a key was made, where one was. What runs
 * without a configuration has nothing of that to say.
 */
export async function startActs(
  store: Pick<Store, "forTenant">,
  { config, policy, version, now }: Started,
  made: string | undefined,
): Promise<void> {
  const { acts } = store.forTenant(ROOT_TENANT);
  const act = async (action: string, object: string, detail: JsonObject): Promise<void> => {
    const at = now();
    await acts.write({
      kind: "act",
      id: actId(at),
      at,
      principal: "",
      action,
      object,
      outcome: "ok",
      detail,
    });
  };
  if (made !== undefined) await act("log.key_made", made, {});
  const { file, mode } = config;
  if (file === undefined) return;
  const configuration = digestOf(file) ?? "";
  await act("gate.started", configuration, { mode, version, policy_version: policy.version });
}
