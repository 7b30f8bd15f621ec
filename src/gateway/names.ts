import { createHash } from "node:crypto";

/** Clients put their own prefix before a name and fail beyond 64 characters. */
const LONGEST = 60;

/** One name as a server gives it. */
export interface Offered {
  readonly server: string;
  /** What the configuration puts before every name of this server. */
  readonly prefix: string | undefined;
  readonly names: readonly string[];
}

/** Both ways between what clients see on a merged address and what servers call it. */
export interface Names {
  /** The name a client sees. */
  outward(server: string, name: string): string;
  /** Where a name that a client sent leads; undefined where no server offers it. */
  inward(name: string): { readonly server: string; readonly name: string } | undefined;
}

/** Cuts a long name and keeps it distinct: the digest of the whole stands in for what was cut. */
function shorten(name: string): string {
  if (name.length <= LONGEST) return name;
  return `${name.slice(0, LONGEST - 9)}_${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
}

/**
 * A name stays as it is unless two servers offer it, or the configuration asks for a prefix. Every server that
 * collides is prefixed, so a name means the same whichever server was seen first.
 */
export function mergeNames(offers: readonly Offered[]): Names {
  const wanted = offers.map(({ server, prefix, names }) => ({
    server,
    names: [...new Set(names)].map((name) => ({ name, seen: shorten(`${prefix ?? ""}${name}`) })),
  }));
  const holders = new Map<string, number>();
  for (const { names } of wanted)
    for (const { seen } of names) holders.set(seen, (holders.get(seen) ?? 0) + 1);

  const inward = new Map<string, { server: string; name: string }>();
  const outward = new Map<string, string>();
  for (const { server, names } of wanted) {
    for (const { name, seen } of names) {
      let distinct = holders.get(seen) === 1 ? seen : shorten(`${server}_${name}`);
      // A prefixed name may meet a plain one: the digest ends it, and both servers' order in the file decides.
      if (inward.has(distinct))
        distinct = shorten(
          `${distinct}_${createHash("sha256").update(`${server}\n${name}`).digest("hex").slice(0, 8)}`,
        );
      inward.set(distinct, { server, name });
      outward.set(`${server}\n${name}`, distinct);
    }
  }
  return {
    outward: (server, name) => outward.get(`${server}\n${name}`) ?? name,
    inward: (name) => inward.get(name),
  };
}
