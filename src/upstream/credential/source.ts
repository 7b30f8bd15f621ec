import type { SecretSource } from "../../config/upstream-auth.ts";
import { readSecretFile } from "../../config/references.ts";

/** How long a secret is used without looking whether it has changed. */
const LOOK_MS = 1000;

/** Where secrets come from. */
export interface SecretPorts {
  /** What `portcullis secrets set` kept for a tenant; undefined where there is none. */
  readonly stored: (tenant: string, name: string) => Promise<string | undefined>;
  /** Monotonic ms. */
  readonly ticks: () => number;
}

/** Gives a secret of a tenant as it is now; `fresh`: without relying on what was read before. Rejects with Missing. */
export type Secret = (tenant: string, fresh?: boolean) => Promise<string>;

/** A secret that is not there. The message is for the operator, and holds nothing of it. */
export class Missing extends Error {
  override readonly name = "Missing";
}

/** An authorization server that gives no token. The message is for the operator, and holds no secret. */
export class NoToken extends Error {
  override readonly name = "NoToken";
}

interface Read {
  readonly value: Promise<string>;
  readonly at: number;
}

/** Tenants whose secrets are kept at hand. */
const MOST = 10_000;

function fromFile(path: string): string {
  try {
    const text = readSecretFile(path);
    if (text !== "") return text;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Missing(`the file ${path} cannot be read (${code ?? (error as Error).message})`, {
      cause: error,
    });
  }
  throw new Missing(`the file ${path} is empty`);
}

/** What stands at a place; a file and the store are looked at again after a second. */
export function secretAt(source: SecretSource, { stored, ticks }: SecretPorts): Secret {
  if (source.kind === "value") return () => Promise.resolve(source.value);
  const known = new Map<string, Read>();
  const read = async (tenant: string): Promise<string> => {
    if (source.kind === "file") return fromFile(source.path);
    const found = await stored(tenant, source.name);
    if (found === undefined)
      throw new Missing(
        `tenant ${tenant} has no secret ${source.name}: portcullis secrets set ${source.name}`,
      );
    return found;
  };
  return (tenant, fresh = false) => {
    // A file is everybody's.
    const key = source.kind === "file" ? "" : tenant;
    const last = known.get(key);
    if (!fresh && last !== undefined && ticks() - last.at < LOOK_MS) return last.value;
    const value = read(tenant);
    known.delete(key);
    known.set(key, { value, at: ticks() });
    // What could not be had is asked for again.
    value.catch(() => known.delete(key));
    const [oldest] = known.keys();
    if (known.size > MOST && oldest !== undefined) known.delete(oldest);
    return value;
  };
}
