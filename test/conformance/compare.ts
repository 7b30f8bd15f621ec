import type { Check, Outcome, Suite } from "./suite.ts";

/** The gate checks Host and Origin for itself, so this one it must pass, whatever the server behind it does. */
const OWN = "dns-rebinding-protection";

const line = ({ id, name, status }: Check) => `${id} (${name}) ${status}`;

/** What the second list has more of than the first, counting repeats. */
function extra(first: readonly Check[], second: readonly Check[]): readonly Check[] {
  const left = first.map(line);
  return second.filter((check) => {
    const at = left.indexOf(line(check));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Where a run through the gate differs from the direct one, scenario by scenario and check by check. */
export function differences(direct: Outcome, gate: Outcome): readonly string[] {
  const found: string[] = [];
  if (gate.exit !== direct.exit) found.push(`exit code ${gate.exit} instead of ${direct.exit}`);
  for (const name of new Set([...direct.scenarios.keys(), ...gate.scenarios.keys()])) {
    const before = direct.scenarios.get(name);
    const after = gate.scenarios.get(name);
    if (before === undefined || after === undefined) {
      found.push(`${name}: ran ${after === undefined ? "directly only" : "through the gate only"}`);
      continue;
    }
    if (name === OWN) {
      for (const check of after)
        if (check.status !== "SUCCESS") found.push(`${name}: ${line(check)}${because(check)}`);
      continue;
    }
    for (const check of extra(before, after)) found.push(`${name}: gate has ${line(check)}${because(check)}`);
    for (const check of extra(after, before)) found.push(`${name}: gate lacks ${line(check)}`);
  }
  return found;
}

const because = ({ errorMessage }: Check) =>
  errorMessage === undefined ? "" : `: ${errorMessage.slice(0, 400)}`;

/** Where a direct run differs from what the suite's release is known to give. */
export function shortfall({ baseline }: Suite, { exit, passed, failed }: Outcome): readonly string[] {
  return exit === 0 && passed === baseline.passed && failed === baseline.failed
    ? []
    : [`${passed}/${failed} exit ${exit} instead of ${baseline.passed}/${baseline.failed} exit 0`];
}
