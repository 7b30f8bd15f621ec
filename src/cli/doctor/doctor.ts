import { type StoreAddress } from "../../config/config.ts";
import { stateStore } from "../../config/paths.ts";
import { printable } from "../../document/render.ts";
import { jsonLine, print } from "../out.ts";
import { marked } from "../say.ts";
import { clients } from "./clients.ts";
import { configuration, node, plainSecrets, policy } from "./configuration.ts";
import type { Finding } from "./finding.ts";
import { limits } from "./limits.ts";
import { listeners } from "./listeners.ts";
import { notices } from "./notices.ts";
import { records } from "./records.ts";
import { sealing } from "./sealing.ts";
import { servers } from "./servers.ts";
import { signing } from "./signing.ts";
import { voters } from "./voters.ts";

/** Everything, in the order in which a person would ask. */
async function examine(named: string | undefined): Promise<readonly Finding[]> {
  const { config, findings } = configuration(named);
  const store: StoreAddress = config?.store ?? stateStore();
  const later =
    config === undefined
      ? [records(store)]
      : [
          records(
            store,
            config.tenants.declared.map(({ id }) => id),
          ),
          sealing(config),
          limits(config),
          listeners(config),
          servers(config),
          voters(config),
          notices(config),
        ];
  const own = config === undefined ? [] : [...policy(config), ...plainSecrets(config), ...signing(config)];
  return [node(), ...findings, ...own, ...(await Promise.all(later)).flat(), ...clients()];
}

async function show(findings: readonly Finding[]): Promise<void> {
  const width = Math.max(...findings.map(({ check }) => check.length));
  for (const finding of findings) {
    await print(
      marked(finding.level, `${finding.check.padEnd(width)}  ${printable(finding.message)}`, process.stdout),
    );
    if (finding.level === "ok") continue;
    for (const line of finding.more ?? []) await print(`       ${printable(line)}`);
    await print(`     fix: ${printable(finding.fix)}`);
  }
  const count = (level: Finding["level"], one: string, several: string): string => {
    const found = findings.filter((finding) => finding.level === level).length;
    return `${found} ${found === 1 ? one : several}`;
  };
  await print(
    `${count("ok", "check", "checks")} ok, ${count("warn", "warning", "warnings")}, ${count("fail", "failure", "failures")}`,
  );
}

/** `portcullis doctor`: what is well, what is not, and how to mend it. Exit 1 where something fails. */
export async function doctor(
  _: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const findings = await examine(options["config"] as string | undefined);
  if (options["json"] === true) for (const finding of findings) await print(jsonLine(finding));
  else await show(findings);
  return findings.some(({ level }) => level === "fail") ? 1 : 0;
}
