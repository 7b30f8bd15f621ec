/** What a finding leads to, from mildest to strictest. */
export const ACTIONS = ["note", "warn", "mask", "block"] as const;
export type Action = (typeof ACTIONS)[number];

/** What a guard that is not built in may lead to, from least to most; each may do what those before it may. */
export const TIERS = ["observe", "annotate", "tighten", "rewrite"] as const;
export type Tier = (typeof TIERS)[number];

export const PROFILE_NAMES = ["basic", "standard", "enterprise"] as const;
export type ProfileName = (typeof PROFILE_NAMES)[number];

/** Every guard there is, in the order in which findings are listed. */
export const GUARD_NAMES = [
  "prompt-injection",
  "secrets",
  "pii",
  "command",
  "sql",
  "path",
  "url",
  "exfiltration",
  "shape",
  "patterns",
] as const;
export type GuardName = (typeof GUARD_NAMES)[number];

/** What a finding can be of. */
export const FINDING_CLASSES = [
  "prompt_injection",
  "tool_poisoning",
  "secret",
  "pii",
  "command_injection",
  "sql_injection",
  "path_traversal",
  "ssrf",
  "exfiltration",
  "malformed",
] as const;
export type FindingClass = (typeof FINDING_CLASSES)[number];

/** What can be masked by name: kinds of personal data, and `secret` for every credential. */
export const MASK_KINDS = [
  "secret",
  "email",
  "phone",
  "ip",
  "credit_card",
  "iban",
  "ssn",
  "passport",
  "date_of_birth",
  "gb_nino",
  "gb_nhs",
  "es_dni",
  "es_nie",
  "it_codice_fiscale",
  "fr_nir",
  "de_steuer_id",
  "nl_bsn",
  "be_nrn",
  "ch_ahv",
  "se_personnummer",
  "no_fodselsnummer",
  "dk_cpr",
  "fi_hetu",
  "pl_pesel",
  "ie_pps",
  "tr_kimlik",
  "br_cpf",
  "mx_curp",
  "ca_sin",
  "in_aadhaar",
  "in_pan",
  "sg_nric",
  "cn_resident",
  "kr_rrn",
  "za_id",
  "au_tfn",
] as const;
export type MaskKind = (typeof MASK_KINDS)[number];

/** Which way a message goes: with a call to a server, or back from one. */
export type Direction = "arguments" | "results";

/** How one guard differs from its profile. `off`: it does not run. */
export interface GuardSetting {
  readonly action?: Action | "off";
  /** The least score that leads to `action`; what scores less is noted. */
  readonly threshold?: number;
  /** Names of the only fields that it looks at, in either case of letters. */
  readonly fields?: readonly string[];
  /** What it means that the guard could not look. */
  readonly broken?: "stop" | "pass";
}

/** Which guards run, and what their findings lead to: a profile, and how single guards differ from it. */
export interface Guarding {
  /** `none`: only the guards that are listed. */
  readonly profile: ProfileName | "none";
  readonly guards: Readonly<Partial<Record<GuardName, GuardSetting>>>;
  /** What the guard `patterns` looks for, in place of the shipped list. RE2. */
  readonly blocked_patterns?: readonly string[];
}

/** Nothing is looked at. */
export const UNGUARDED: Guarding = Object.freeze({ profile: "none", guards: Object.freeze({}) });

/** Whether any guard runs by configuration. */
export function isGuarded({ profile, guards }: Guarding): boolean {
  return profile !== "none" || Object.keys(guards).length > 0;
}

/** What rules of a policy want of guards for one call. */
export interface Duties {
  /** Kinds to be masked, each way. */
  readonly masks: Readonly<Record<Direction, ReadonlySet<string>>>;
  /** What findings of a guard lead to in place of what is configured. */
  readonly guards: ReadonlyMap<string, Action>;
}
