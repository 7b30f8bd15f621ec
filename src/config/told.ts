/**
 * What `proxy -- CMD` tells the command it runs: how its MCP client reaches the server through the gate. Read by that
 * command; no setting of a gate.
 */
export const TOLD = {
  /** A JSON list: the program and its arguments that speak MCP on standard input and output. */
  command: "PORTCULLIS_MCP_COMMAND",
  /** The address over HTTP, where a gate is running. */
  url: "PORTCULLIS_MCP_URL",
} as const;

/** The API key of whoever uses the command line; with `_FILE`, a file that holds it. */
export const CREDENTIAL = "PORTCULLIS_API_KEY";

/** What `export --encrypt` encrypts with where no key is named; with `_FILE`, a file that holds it. */
export const EXPORT_PASSPHRASE = "PORTCULLIS_EXPORT_PASSPHRASE";

const NAMES: ReadonlySet<string> = new Set([
  ...Object.values(TOLD),
  ...[CREDENTIAL, EXPORT_PASSPHRASE].flatMap((name) => [name, `${name}_FILE`]),
]);

/** Whether a variable is for somebody else than the gate. */
export function isNoSetting(variable: string): boolean {
  return NAMES.has(variable);
}
