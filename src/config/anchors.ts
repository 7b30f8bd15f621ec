import { resolve } from "node:path";
import type { JsonPath } from "../call/json.ts";
import type { Reading } from "./build.ts";
import { DEFAULT_LOG } from "./config.ts";
import { expand } from "./references.ts";

/** How the log over what is on record is kept. */
export interface LogSettings {
  /** A private key in PEM, where it was written; use `logKey`. */
  readonly key: string | undefined;
  readonly checkpoint_ms: number;
}

interface FileAnchor {
  readonly kind: "file";
  /** Absolute. */
  readonly path: string;
}
interface WitnessAnchor {
  readonly kind: "witness";
  readonly url: string;
  readonly key: string;
}
interface WebhookAnchor {
  readonly kind: "webhook";
  readonly url: string;
  readonly secrets: readonly string[];
}
interface ObjectAnchor {
  readonly kind: "object";
  readonly url: string;
  readonly region: string;
  readonly access_key_id: string;
  readonly secret_access_key: string;
  readonly lock: "governance" | "compliance";
  readonly retain_days: number;
}
export type AnchorSettings = { readonly name: string } & (
  | FileAnchor
  | WitnessAnchor
  | WebhookAnchor
  | ObjectAnchor
);

/** Where checkpoints go, and how many witnesses are to sign each. */
export interface Anchors {
  readonly places: readonly AnchorSettings[];
  readonly witnesses: number;
}

export function buildLog({ file, env, origin, findings }: Reading): LogSettings {
  const { key, checkpoint_s } = file.log ?? {};
  const pem = key === undefined ? undefined : expand(key, ["log", "key"], env, origin, findings);
  if (pem !== undefined && pem !== "" && !pem.includes("PRIVATE KEY"))
    findings.problems.push(
      origin.problem(["log", "key"], "is no private key in PEM", "openssl genpkey -algorithm ed25519"),
    );
  return {
    key: pem,
    checkpoint_ms: checkpoint_s === undefined ? DEFAULT_LOG.checkpoint_ms : checkpoint_s * 1000,
  };
}

type Written = NonNullable<Reading["file"]["anchors"]>[string];

function buildOne(
  name: string,
  written: Written,
  { folder, env, origin, findings }: Reading,
): AnchorSettings {
  const path = (key: string): JsonPath => ["anchors", name, key];
  const text = (key: string, value: string): string => expand(value, path(key), env, origin, findings);
  const address = (value: string): string => {
    const url = text("url", value);
    if (url !== "" && !(URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)))
      findings.problems.push(origin.problem(path("url"), "is no https:// address"));
    return url;
  };
  switch (written.kind) {
    case "file":
      return { name, kind: "file", path: resolve(folder, text("path", written.path)) };
    case "witness": {
      const key = text("key", written.key);
      if (key !== "" && !/^[^+\s]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]+=*$/.test(key))
        findings.problems.push(
          origin.problem(path("key"), "is no key of a witness", "name+id+key, as `audit witness` prints it"),
        );
      return { name, kind: "witness", url: address(written.url), key };
    }
    case "webhook":
      return {
        name,
        kind: "webhook",
        url: address(written.url),
        secrets: written.secrets.map((secret) => text("secrets", secret)),
      };
    case "object": {
      const { region, lock = "compliance", retain_days } = written;
      return {
        name,
        kind: "object",
        url: address(written.url),
        region,
        access_key_id: text("access_key_id", written.access_key_id),
        secret_access_key: text("secret_access_key", written.secret_access_key),
        lock,
        retain_days,
      };
    }
  }
}

/** Where checkpoints go. What is wrong is in the findings. */
export function buildAnchors(reading: Reading): Anchors {
  const { file, origin, findings } = reading;
  const places = Object.entries(file.anchors ?? {}).map(([name, written]) =>
    buildOne(name, written, reading),
  );
  const there = places.filter(({ kind }) => kind === "witness").length;
  const wanted = file.log?.witnesses ?? there;
  if (wanted > there)
    findings.problems.push(
      origin.problem(
        ["log", "witnesses"],
        `there are ${there} witnesses in anchors`,
        "name more, or want fewer",
      ),
    );
  return { places, witnesses: wanted };
}
