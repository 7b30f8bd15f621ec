import type { GuardName } from "../call/guard.ts";

/** What runs here under a plugin name of MCP Guardian. */
export interface Stands {
  /** Guards of this gate, which do what is written for the name. */
  readonly guards: readonly GuardName[];
  /** What runs in any case, whatever is written. */
  readonly always?: string;
  /** The kind of plugin that asks the product of that name itself. */
  readonly product?: string;
}

/** MCP Guardian's plugins: five that it calls core, seven that it calls advanced. */
export const GUARDIAN_NAMES = {
  open_appsec: {
    guards: ["prompt-injection", "command", "sql", "path", "url"],
    product: "open_appsec",
  },
  presidio_dlp: { guards: ["pii"], product: "presidio" },
  cyberpig_ai: { guards: ["secrets"] },
  enhanced_mcp_schema_validation: {
    guards: ["shape"],
    always: "arguments are held against their tool's schema, and messages against the protocol",
  },
  mcp_security_policy_engine: { guards: [], always: "the policy judges each call" },
  garak_scanner: { guards: [] },
  llm_guard: { guards: ["prompt-injection", "exfiltration", "shape"], product: "llm_guard" },
  mcp_security_middleware: {
    guards: [],
    always: "Host, Origin, sizes, depth and sessions are checked before anything else",
  },
  enhanced_mcp_audit_integration: {
    guards: [],
    always: "each call is on record; `audit.detail: full` keeps its arguments",
  },
  mcp_comprehensive_security_tester: { guards: [] },
  mcp_security_attack_simulator: { guards: [] },
  mcp_security_compliance_validator: { guards: [] },
} as const satisfies Readonly<Record<string, Stands>>;
export type GuardianName = keyof typeof GUARDIAN_NAMES;

/** What stands behind a name; undefined for a name that is none of them. */
export function standsFor(name: string): Stands | undefined {
  return Object.hasOwn(GUARDIAN_NAMES, name) ? GUARDIAN_NAMES[name as GuardianName] : undefined;
}

/** What of this gate is meant by a name, in words: nobody is to take one for the product of that name. */
export function meaning({ guards, always, product }: Stands): string {
  const own = guards.length === 0 ? [] : [`this gate's own ${guards.join(", ")}`];
  const more = always === undefined ? [] : [always];
  const said = [...own, ...more].join("; ");
  if (said === "") return "nothing runs under it in this version";
  return product === undefined
    ? said
    : `${said}; to ask the product itself, write a plugin of kind ${product}`;
}
