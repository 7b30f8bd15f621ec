import type { RecordQuery } from "../../audit/reading/query.ts";
import type { Option } from "../command-line.ts";

type Options = Readonly<Record<string, unknown>>;

/** What a call has, and can be looked for by. */
const OF_CALLS: readonly Option[] = [
  { flags: "--server <name>", about: "a server" },
  { flags: "--tool <name>", about: "a tool" },
  { flags: "--method <name>", about: "an MCP method: tools/call, resources/read, …" },
  { flags: "--client <name>", about: "what the client calls itself, with /version or without" },
  { flags: "--verdict <verdict>", about: "only what was decided so", choices: ["allow", "deny", "hold"] },
  { flags: "--rule <name>", about: "the rule that decided" },
  {
    flags: "--status <status>",
    about: "how it ended",
    choices: ["open", "ok", "error", "denied", "held", "unknown"],
  },
  { flags: "--finding <class>", about: "what guards found in it: secret, pii, prompt_injection, …" },
  { flags: "--classification <class>", about: "the class of its data" },
  { flags: "--approval <id>", about: "the question to people that it waited for, or passed by" },
  { flags: "--session <id>", about: "the session that it was asked in, as logs --json and why show it" },
  { flags: "--request-id <id>", about: "what its HTTP exchange was called: the header X-Request-Id" },
];

/** When, who, and any words of it. */
const OF_ALL: readonly Option[] = [
  { flags: "--last <duration>", about: "as far back as 30s, 15m, 24h, 7d", read: "duration" },
  {
    flags: "--since <time>",
    about: "from then on: 2026-11-20, 2026-11-20T08:00Z, or 7d ago",
    read: "instant",
  },
  { flags: "--until <time>", about: "before then", read: "instant" },
  { flags: "--principal <id>", about: "who asked, or did it" },
  { flags: "--text <words>", about: "stands somewhere in what is kept of it" },
  { flags: "--tenant <id>", about: "whose records; default if absent" },
];

/** The filters of everything that reads calls. */
export const CALL_FILTERS: readonly Option[] = [...OF_ALL, ...OF_CALLS];
/** The filters of what reads acts as well. */
export const RECORD_FILTERS: readonly Option[] = [
  ...CALL_FILTERS,
  {
    flags: "--action <action>",
    about: "administrative acts of that name: key.made, or key. for all that begin so",
  },
];

const NAMES = [
  "principal",
  "client",
  "server",
  "method",
  "tool",
  "verdict",
  "rule",
  "status",
  "classification",
  "finding",
  "approval",
  "session",
  "action",
  "text",
] as const satisfies readonly (keyof RecordQuery)[];

/** What is looked for, of a command line's options. `now`: what `--last` counts back from. */
export function queryOf(
  options: Options,
  kinds: RecordQuery["kinds"],
  order: RecordQuery["order"],
  now: number,
): RecordQuery {
  const last = options["last"] as number | undefined;
  const since = (options["since"] as number | undefined) ?? (last === undefined ? undefined : now - last);
  const until = options["until"] as number | undefined;
  const request = options["requestId"] as string | undefined;
  const named = NAMES.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return {
    kinds,
    order,
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(request !== undefined && { request }),
    ...(Object.fromEntries(named) as Partial<RecordQuery>),
  };
}

/** Whether a period was named, and not just the newest few are wanted. */
export function hasPeriod(options: Options): boolean {
  return options["last"] !== undefined || options["since"] !== undefined;
}
