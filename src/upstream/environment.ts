/** What a child may see of the gate's environment: what the MCP SDKs pass on, and the two that change its output. */
const INHERITED = ["HOME", "LANG", "LOGNAME", "PATH", "SHELL", "TERM", "TMPDIR", "USER"];

/** The environment of a server's process. The gate's own secrets are not in it. */
export function environmentOf(given: Readonly<Record<string, string>>): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = process.env[name];
    // A value that begins so is an exported shell function, which some shells would run.
    if (value !== undefined && !value.startsWith("()")) environment[name] = value;
  }
  return Object.assign(environment, given);
}
