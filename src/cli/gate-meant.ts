import { urlOf } from "../config/address.ts";
import type { Config } from "../config/config.ts";
import { findConfig } from "../config/load.ts";
import { configured } from "./configured.ts";
import { Failure } from "./failure.ts";

type Options = Readonly<Record<string, unknown>>;

/** What people call the gate of a configuration, without a slash at the end; undefined where it takes any port. */
export function gateOf({ public_url, listen, tls }: Config): string | undefined {
  if (public_url !== undefined) return public_url;
  const at = listen.find(({ server }) => server === undefined);
  return at === undefined || at.port === 0 ? undefined : urlOf(at, tls === undefined ? "http" : "https");
}

/** The gate that `--gate` names, else that of the configuration. */
export function gateMeant(options: Options): string {
  const named = options["gate"] as string | undefined;
  if (named !== undefined) return named.replace(/\/+$/, "");
  const file = findConfig(options["config"] as string | undefined);
  const found = file === undefined ? undefined : gateOf(configured(file));
  if (found !== undefined) return found;
  throw new Failure(2, "which gate is meant is not clear", "name it with --gate https://…");
}
