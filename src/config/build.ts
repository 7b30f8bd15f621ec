import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { JsonPath } from "../call/json.ts";
import { parseAddress, parseStore } from "./address.ts";
import { buildAnchors, buildLog } from "./anchors.ts";
import { buildAuth, buildTls, checkReachable } from "./auth.ts";
import { type Address, type Config, DEFAULT_LIMITS, type Server, type StoreAddress } from "./config.ts";
import { buildCluster } from "./cluster.ts";
import { exposed } from "./exposure.ts";
import { buildGuarding } from "./guarding.ts";
import { buildKeys } from "./keys.ts";
import { refuseLater } from "./later.ts";
import { checkPreset } from "./preset.ts";
import type { Findings, Origin } from "./origin.ts";
import { buildNotifications, buildOutbound } from "./notifications.ts";
import { shown, stateStore } from "./paths.ts";
import { buildPlugins } from "./plugins.ts";
import { parsePolicyPlace, type PolicyPlaceKind } from "./policy-place.ts";
import { type Environment, expand } from "./references.ts";
import type { ConfigFile } from "./schema.ts";
import { readServer } from "./servers.ts";
import { buildTenants } from "./tenants.ts";
import { buildSinks } from "./sinks.ts";
import { buildVoters } from "./voters.ts";
import { buildPublicUrl } from "./web-address.ts";

/** From the command line, before everything else. `port` is that of the first listener. */
export interface Overrides {
  readonly port?: number;
  readonly mode?: Config["mode"];
}

/** What is shorter could be guessed. */
const SECRET_CHARS = 32;

/** What of a file has the right shape, with the environment over it: what the parts of a configuration are built from. */
export interface Reading {
  readonly file: ConfigFile;
  /** Absolute, or undefined where there is no file. */
  readonly path: string | undefined;
  /** What relative paths are relative to. */
  readonly folder: string;
  readonly env: Environment;
  readonly origin: Origin;
  readonly findings: Findings;
  /** Whether something of wrong shape was left out at or below a path. */
  readonly doubts: (path: JsonPath) => boolean;
}

const list = (value: string | readonly string[]): readonly string[] =>
  typeof value === "string" ? [value] : value;

/** The path of an entry of a list, or of the value itself where it stands alone. */
function entryPath(key: string, value: string | readonly string[], index: number): JsonPath {
  return typeof value === "string" ? [key] : [key, index];
}

function listeners(reading: Reading, port: number | undefined): readonly Address[] {
  const { origin, findings, env } = reading;
  const written = reading.file.listen ?? "127.0.0.1:8090";
  const addresses = list(written).flatMap((text, index): readonly Address[] => {
    const path = entryPath("listen", written, index);
    const address = parseAddress(expand(text, path, env, origin, findings));
    if (address === undefined) {
      findings.problems.push(origin.problem(path, "is not host:port", "for example 127.0.0.1:8090"));
      return [];
    }
    checkReachable(reading, address, path);
    return [address];
  });
  const [first, ...rest] = addresses;
  return first === undefined || port === undefined ? addresses : [{ host: first.host, port }, ...rest];
}

/** Where the records are. What is wrong is in the findings, here and below. */
export function buildStore(reading: Reading): StoreAddress {
  const { folder, env, origin, findings } = reading;
  const written = reading.file.store;
  if (written === undefined && reading.path === undefined) return stateStore(env);
  if (written === undefined) return { kind: "sqlite", path: resolve(folder, ".portcullis", "portcullis.db") };
  const text = expand(written, ["store"], env, origin, findings);
  const address = parseStore(text, folder);
  // A reference to nothing was reported already.
  if (address === undefined && text !== "") {
    findings.problems.push(
      origin.problem(
        ["store"],
        "is neither sqlite:FILE nor postgres://…",
        "for example sqlite:.portcullis/portcullis.db",
      ),
    );
  }
  return address ?? { kind: "sqlite", path: "" };
}

/** What links are signed with. What is too short to be one is in the findings. */
export function buildSecret({ file, env, origin, findings }: Reading): string | undefined {
  if (file.secret === undefined) return undefined;
  const secret = expand(file.secret, ["secret"], env, origin, findings);
  if (secret.length < SECRET_CHARS && findings.problems.length === 0)
    findings.problems.push(
      origin.problem(
        ["secret"],
        `a secret has ${SECRET_CHARS} characters or more`,
        "openssl rand -base64 32",
      ),
    );
  return secret;
}

/** Where the policy comes from: one word or address in place of files says so. */
export function buildPolicyPlace(reading: Reading): PolicyPlaceKind {
  const { env, origin, findings } = reading;
  const written = list(reading.file.policy ?? []);
  const places = written.flatMap((text, index) => {
    const path = entryPath("policy", reading.file.policy ?? [], index);
    const place = parsePolicyPlace(expand(text, path, env, origin, findings));
    if (place === undefined) return [];
    if (place.kind === "wrong") findings.problems.push(origin.problem(path, place.why, place.hint));
    else if (written.length > 1)
      findings.problems.push(
        origin.problem(
          path,
          "stands alone: a policy comes from files or from one place",
          "take the others out",
        ),
      );
    return place.kind === "wrong" ? [{ kind: "store" } as const] : [place];
  });
  return places[0] ?? { kind: "files" };
}

/** The files of the policy; every path exists. None where it comes from elsewhere. */
export function buildPolicy(reading: Reading, { kind }: PolicyPlaceKind): readonly string[] {
  if (kind !== "files") return [];
  const { folder, env, origin, findings } = reading;
  const written = reading.file.policy ?? ["policy/"];
  // Who only watches needs no policy; who enforces none would refuse everything.
  if (
    reading.file.policy === undefined &&
    (reading.file.mode === "observe" || reading.doubts(["mode"])) &&
    !existsSync(resolve(folder, "policy"))
  )
    return [];
  return list(written).map((text, index) => {
    const path = reading.file.policy === undefined ? ["policy"] : entryPath("policy", written, index);
    const found = resolve(folder, expand(text, path, env, origin, findings));
    if (!existsSync(found)) {
      findings.problems.push(
        origin.problem(
          path,
          reading.file.policy === undefined
            ? "none is named, and there is no folder policy/ beside this file"
            : `${shown(found)} does not exist`,
          "`portcullis init` writes a policy to start from",
        ),
      );
    }
    return found;
  });
}

function servers(reading: Reading): readonly Server[] {
  const entries = Object.entries(reading.file.mcpServers ?? {});
  return entries.flatMap(([name, entry]) => {
    const server = readServer(name, entry, reading.folder, reading.env, reading.origin, reading.findings);
    return server === undefined ? [] : [server];
  });
}

function origins(reading: Reading): readonly string[] {
  return (reading.file.allowed_origins ?? []).map((text, index) => {
    const path = ["allowed_origins", index];
    const written = expand(text, path, reading.env, reading.origin, reading.findings);
    const origin = URL.canParse(written) ? new URL(written).origin : undefined;
    // A URL with a path would never equal what a browser sends.
    if (origin !== undefined && origin !== "null" && written.replace(/\/$/, "").toLowerCase() === origin)
      return origin;
    reading.findings.problems.push(
      reading.origin.problem(path, "is not scheme://host[:port]", "for example https://app.example.com"),
    );
    return written;
  });
}

export function buildConfig(reading: Reading, overrides: Overrides = {}): Config {
  const { file } = reading;
  refuseLater(file, reading.origin, reading.findings);
  checkPreset(reading, overrides.mode);
  const governed = servers(reading);
  const policy_from = buildPolicyPlace(reading);
  const store = buildStore(reading);
  const public_url = buildPublicUrl(reading);
  const auth = buildAuth(reading, public_url);
  const limits = Object.entries(file.limits ?? {}).filter(([, value]) => value !== undefined);
  return {
    file: reading.path,
    preset: file.preset ?? "development",
    mode: overrides.mode ?? file.mode ?? "enforce",
    listen: exposed(reading, listeners(reading, overrides.port), governed),
    auth,
    tls: buildTls(reading),
    tenants: buildTenants(reading, governed),
    store,
    keys: buildKeys(reading, store),
    cluster: buildCluster(reading),
    policy: buildPolicy(reading, policy_from),
    policy_from,
    voters: buildVoters(reading),
    servers: governed,
    guarding: buildGuarding(reading),
    plugins: buildPlugins(reading),
    public_url,
    secret: buildSecret(reading),
    notifications: buildNotifications(reading),
    outbound: { allow: buildOutbound(reading) },
    sinks: buildSinks(reading),
    audit: { detail: file.audit?.detail ?? "full" },
    log: buildLog(reading),
    anchors: buildAnchors(reading),
    limits: { ...DEFAULT_LIMITS, ...Object.fromEntries(limits) },
    allowed_origins: origins(reading),
    allowed_hosts: [
      ...(file.allowed_hosts ?? []).map((host) => host.toLowerCase()),
      ...(auth.mode === "required" && public_url !== undefined ? [new URL(public_url).hostname] : []),
    ],
  };
}
