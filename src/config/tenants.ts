import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { JsonPath } from "../call/json.ts";
import { alternatives, anyOf } from "../policy/glob.ts";
import type { Reading } from "./build.ts";
import { NO_TENANTS, type Server } from "./config.ts";
import { shown } from "./paths.ts";
import { expand } from "./references.ts";
import type { ConfigFile } from "./schema.ts";
import type { TenantEntry } from "./tenant-schema.ts";

/** A tenant that the configuration declares. */
export interface DeclaredTenant {
  readonly id: string;
  readonly kind: "org" | "tenant" | "project";
  /** The one above it, or "". */
  readonly parent: string;
  readonly name: string;
  /** Absolute paths of policy files and folders. */
  readonly policy: readonly string[];
  /** Globs; undefined: all servers. */
  readonly servers: readonly string[] | undefined;
  /** By server. Values are secrets. */
  readonly env: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Values that references brought into `env`. */
  readonly secrets: readonly string[];
  readonly share: number;
}

export interface TenantsConfig {
  /** Whether only tenants that are set up are let in; else whichever a credential names. */
  readonly enabled: boolean;
  /** Whether who names no tenant is refused, and tenants share no connection to a server. */
  readonly strict: boolean;
  /** In the order of the file; ids are unique. */
  readonly declared: readonly DeclaredTenant[];
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const RANK = { org: 0, tenant: 1, project: 2 } as const;
/** Tenants that one file declares. */
const MOST = 1000;

interface Place {
  readonly reading: Reading;
  readonly id: string;
  readonly servers: readonly Server[];
}

function problem({ reading, id }: Place, key: JsonPath, message: string, hint?: string): void {
  reading.findings.problems.push(reading.origin.problem(["tenants", id, ...key], message, hint));
}

function policyOf(place: Place, written: TenantEntry["policy"]): readonly string[] {
  const { folder, env, origin, findings } = place.reading;
  const list = typeof written === "string" ? [written] : (written ?? []);
  return list.map((text, index) => {
    const key = typeof written === "string" ? ["policy"] : ["policy", index];
    const found = resolve(folder, expand(text, ["tenants", place.id, ...key], env, origin, findings));
    if (!existsSync(found)) problem(place, key, `${shown(found)} does not exist`);
    return found;
  });
}

function serversOf(place: Place, written: readonly string[] | undefined): readonly string[] | undefined {
  written?.forEach((glob, index) => {
    const matches = anyOf(alternatives(glob));
    if (!place.servers.some(({ name }) => matches(name)))
      problem(place, ["servers", index], "no server has such a name", "see `mcpServers:`");
  });
  return written?.flatMap((glob) => alternatives(glob));
}

function envOf(place: Place, written: TenantEntry["env"], secrets: Set<string>): DeclaredTenant["env"] {
  const { env, origin, findings } = place.reading;
  return Object.fromEntries(
    Object.entries(written ?? {}).map(([name, variables]) => {
      const server = place.servers.find((each) => each.name === name);
      if (server === undefined) problem(place, ["env", name], "there is no such server", "see `mcpServers:`");
      else if (server.transport !== "stdio")
        problem(place, ["env", name], "this server has no process that could be given an environment");
      const values = Object.entries(variables).map(([variable, text]): [string, string] => {
        const path = ["tenants", place.id, "env", name, variable];
        return [variable, expand(text, path, env, origin, findings, (_, value) => void secrets.add(value))];
      });
      if (values.some(([, value]) => value.includes("\0")))
        problem(place, ["env", name], "holds a NUL character");
      return [name, Object.fromEntries(values)];
    }),
  );
}

function declaredOf(place: Place, entry: TenantEntry): DeclaredTenant {
  const { id } = place;
  const { kind = "tenant", parent = "", name = id, share = 1 } = entry;
  const secrets = new Set<string>();
  if (!NAME.test(id)) problem(place, [], "a tenant's id is up to 64 letters, digits, `.`, `_` and `-`");
  return {
    id,
    kind,
    parent,
    name,
    policy: policyOf(place, entry.policy),
    servers: serversOf(place, entry.servers),
    env: envOf(place, entry.env, secrets),
    secrets: [...secrets],
    share,
  };
}

function checkParents(reading: Reading, declared: readonly DeclaredTenant[]): void {
  const byId = new Map(declared.map((each) => [each.id, each]));
  for (const { id, kind, parent } of declared) {
    if (parent === "") continue;
    const above = byId.get(parent);
    const where: Place = { reading, id, servers: [] };
    if (above === undefined)
      problem(
        where,
        ["parent"],
        `${parent} is not declared here`,
        "declare it, or make this one by `portcullis tenants create`",
      );
    else if (RANK[above.kind] >= RANK[kind])
      problem(
        where,
        ["parent"],
        `a ${kind} is not below a ${above.kind}`,
        "an org holds tenants, a tenant holds projects",
      );
  }
}

/** Tenants and how they are kept apart. What is wrong is in the findings. */
export function buildTenants(reading: Reading, servers: readonly Server[]): TenantsConfig {
  const { file, origin, findings } = reading;
  if (file.tenants === undefined) return NO_TENANTS;
  const { enabled = true, isolation = "standard", ...entries } = file.tenants;
  const strict = isolation === "strict";
  const found = Object.entries(entries);
  const say = (path: JsonPath, message: string, hint: string): void =>
    void findings.problems.push(origin.problem(path, message, hint));
  if (!enabled && (strict || found.length > 0))
    say(
      ["tenants", "enabled"],
      "what stands beside it has no effect",
      "write `enabled: true`, or take the rest out",
    );
  if (found.length > MOST)
    say(["tenants"], `declares more than ${MOST}`, "make them by `portcullis tenants create`");
  if (strict && (file.auth?.mode ?? "none") === "none" && !reading.doubts(["auth"]))
    say(
      ["tenants", "isolation"],
      "without authentication nobody names a tenant",
      "write `auth: { mode: required, … }`",
    );
  const declared = found.slice(0, MOST).map(([id, entry]) => declaredOf({ reading, id, servers }, entry));
  checkParents(reading, declared);
  return { enabled, strict, declared };
}

/** As they are written, without what a gate needs of them: secrets and policies need not be there. */
export function writtenTenants({ tenants }: ConfigFile): TenantsConfig {
  if (tenants === undefined) return NO_TENANTS;
  const { enabled = true, isolation, ...entries } = tenants;
  const declared = Object.entries(entries).map(
    ([id, { kind = "tenant", parent = "", name = id, share = 1 }]) => ({
      id,
      kind,
      parent,
      name,
      share,
      policy: [],
      servers: undefined,
      env: {},
      secrets: [],
    }),
  );
  return { enabled, strict: isolation === "strict", declared };
}
