/** What is used of a JSON Schema to tell a person about it. */
interface Described {
  readonly description?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, Described>>;
  readonly additionalProperties?: Described | boolean;
  readonly oneOf?: readonly Described[];
  readonly anyOf?: readonly Described[];
}

const HEAD = `# Configuration

<!-- Written by \`npm run schemas\` from the schema that checks the file; a test fails where it is out of date. -->

\`portcullis.yaml\`. Unknown keys are errors with the nearest match, and every error names file, line and column. What is said later
wins: built in, preset, files, environment, command line. A value may name a variable of the environment as \`\${NAME}\`; \`NAME_FILE\` in
the environment names a file that holds it. Secrets stand in no file, and are never printed.

\`\`\`yaml
version: 1
listen: 127.0.0.1:8090
store: sqlite:.portcullis/portcullis.db
policy: [policy/]
mcpServers:
  files:   { command: npx, args: ["-y", "@modelcontextprotocol/server-filesystem", "./data"] }
  weather: { url: "https://weather.example/mcp", headers: { authorization: "Bearer \${WEATHER_TOKEN}" } }
\`\`\`
`;

/** Keys that only clients use say so, and are of no interest here. */
const IDLE = /^Only clients use this/;

function allowed({ enum: values, const: only, minimum, maximum, type }: Described): string {
  if (values !== undefined) return values.map((value) => `\`${String(value)}\``).join(", ");
  if (only !== undefined) return `\`${JSON.stringify(only)}\``;
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  return type ?? "";
}

function table(of: Described): string {
  const rows = Object.entries(of.properties ?? {})
    .filter(([, { description = "" }]) => !IDLE.test(description))
    .map(([key, value]) => {
      const text = (value.description ?? "").replaceAll("|", "\\|").replaceAll("\n", " ");
      return `| \`${key}\` | ${text} | ${allowed(value)} |`;
    });
  return `| key | | value |\n|---|---|---|\n${rows.join("\n")}\n`;
}

/** The entry of a map whose names are free, as one description: that of an object, or of several kinds of them. */
function entries(of: Described | undefined): readonly Described[] {
  const each = of?.additionalProperties;
  if (typeof each !== "object") return [];
  return each.oneOf ?? each.anyOf ?? [each];
}

/** The kinds of `auth` that an entry of `mcpServers` may have. */
function credentials(of: Described): readonly Described[] {
  const kinds = entries(of).flatMap(({ properties }) => properties?.["auth"]?.anyOf ?? []);
  return kinds.flatMap(({ oneOf }) => oneOf ?? []);
}

/** The page about the configuration, from its JSON Schema. */
export function configurationPage(schema: string): string {
  const root = JSON.parse(schema) as Described;
  const at = (key: string): Described => root.properties?.[key] ?? {};
  const inAuth = (key: string): Described => at("auth").properties?.[key] ?? {};
  const part = (title: string, of: readonly Described[]): string =>
    of.some(({ properties }) => properties !== undefined)
      ? `\n## ${title}\n\n${of.map(table).join("\n")}`
      : "";
  return [
    HEAD,
    `\n## The file\n\n${table(root)}`,
    part("A server: an entry of `mcpServers`", entries(at("mcpServers"))),
    part("`auth` of a server", credentials(at("mcpServers"))),
    part("A voter: an entry of `voters`", entries(at("voters"))),
    part("A plugin: an entry of `plugins`", entries(at("plugins"))),
    part("`auth`", [at("auth")]),
    part("`auth.sign_in`", [inAuth("sign_in")]),
    part("`auth.sign_in.oidc`", [inAuth("sign_in").properties?.["oidc"] ?? {}]),
    part("`auth.command_line`", [inAuth("command_line")]),
    part("`auth.token_endpoint`", [inAuth("token_endpoint")]),
    part("`notifications`", [at("notifications")]),
    part("`notifications.slack`", [at("notifications").properties?.["slack"] ?? {}]),
    part("`notifications.mail`", [at("notifications").properties?.["mail"] ?? {}]),
    part("`outbound`", [at("outbound")]),
    part("`audit`", [at("audit")]),
    part("`limits`", [at("limits")]),
  ].join("");
}
