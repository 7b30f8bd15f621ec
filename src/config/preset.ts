import type { JsonPath } from "../call/json.ts";
import type { Known } from "../policy/impossible.ts";
import { merge } from "./environment.ts";
import type { Reading } from "./build.ts";
import type { Config } from "./config.ts";
import type { ConfigFile } from "./schema.ts";

type Preset = Config["preset"];

/** What a preset sets where nobody says otherwise. */
const SETS: Readonly<Record<Preset, Partial<ConfigFile>>> = {
  development: {},
  production: { mode: "enforce", auth: { mode: "required" }, audit: { detail: "full" }, profile: "standard" },
  high_security: {
    mode: "enforce",
    auth: { mode: "required" },
    audit: { detail: "full" },
    profile: "enterprise",
    limits: {
      body_bytes: 1024 * 1024,
      depth: 32,
      sessions: 1_000,
      session_idle_ms: 5 * 60_000,
      calls_per_session: 256,
      streams_per_session: 4,
    },
  },
  gdpr_focused: {},
};

/** The file with its preset beneath it. */
export function withPreset(file: ConfigFile): ConfigFile {
  const sets = SETS[file.preset ?? "development"];
  const set = merge(sets, file) as ConfigFile;
  if (file.preset !== "high_security" || set.auth?.oauth === undefined) return set;
  // Only where there are tokens that could be bound.
  return merge({ auth: { oauth: { dpop: "required" } } }, set) as ConfigFile;
}

interface Promised {
  readonly presets: readonly Preset[];
  readonly path: JsonPath;
  readonly isKept: (file: ConfigFile) => boolean;
  readonly message: string;
  readonly hint: string;
}

const STRICT: readonly Preset[] = ["production", "high_security"];

/** What a preset promises, whatever the rest of the file says. */
const PROMISES: readonly Promised[] = [
  {
    presets: STRICT,
    path: ["auth", "mode"],
    isKept: ({ auth }) => auth?.mode === "required",
    message: "under this preset nobody is let in without showing who they are",
    hint: "take `mode: none` out, and write `api_keys: true`, `oauth:` or `mtls:` instead",
  },
  {
    presets: STRICT,
    path: ["mode"],
    isKept: ({ mode }) => mode === "enforce",
    message: "under this preset policy decides, and nothing passes that is only watched",
    hint: "take `mode: observe` out",
  },
  {
    presets: STRICT,
    path: ["profile"],
    isKept: ({ profile, preset }) =>
      profile === "enterprise" || (preset === "production" && profile === "standard"),
    message: "under this preset more guards run",
    hint: "take it out: production has standard, high_security has enterprise",
  },
  {
    presets: STRICT,
    path: ["audit", "detail"],
    isKept: ({ audit }) => audit?.detail === "full",
    message: "under this preset records say what a call was, with what is secret in it redacted",
    hint: "take it out",
  },
  {
    presets: ["high_security"],
    path: ["auth", "oauth", "dpop"],
    isKept: ({ auth }) => auth?.oauth === undefined || auth.oauth.dpop === "required",
    message: "under this preset tokens are bound to a key of their holder",
    hint: "take it out, or write `dpop: required`",
  },
  {
    presets: ["high_security"],
    path: ["tls"],
    isKept: ({ tls, auth }) => tls !== undefined || auth?.trusted_proxies !== undefined,
    message: "under this preset nobody reads what goes to the gate, on this machine neither",
    hint: "write `tls: { cert, key }`, or name the proxy in front under `auth.trusted_proxies`",
  },
];

/** A problem for each promise of the preset that the file breaks. `mode`: from the command line. */
export function checkPreset({ file, findings, origin, doubts }: Reading, mode?: Config["mode"]): void {
  const { preset = "development" } = file;
  const meant = mode === undefined ? file : { ...file, mode };
  for (const { presets, path, isKept, message, hint } of PROMISES)
    if (presets.includes(preset) && !doubts(path) && !isKept(meant))
      findings.problems.push(origin.problem(path, `${message} (${preset})`, hint));
}

/** What policies are read with under a preset that refuses what no rule allows. */
export function denying(preset: Preset): Pick<Known, "deny_by"> {
  return STRICT.includes(preset) ? { deny_by: preset } : {};
}
