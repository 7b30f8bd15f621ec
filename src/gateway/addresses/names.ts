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

/** A name of one server, and what may have to stand for it. */
interface Wish {
  readonly server: string;
  readonly name: string;
  /** What it is called where nobody else is. */
  readonly seen: string;
}

function digested(name: string, { server, name: own }: Wish, salt: number): string {
  const digest = createHash("sha256")
    .update(`${server}\n${own}${"\n".repeat(salt)}`)
    .digest("hex");
  return shorten(`${name}_${digest.slice(0, 8)}`);
}

/**
 * A name stays as it is unless two servers offer it, or the configuration asks for a prefix. Every server that
 * collides is prefixed, so a name means the same whichever server was seen first. `server_name` is kept for the server
 * it names: who offers such a name of another gets a digest behind it.
 */
export function mergeNames(offers: readonly Offered[]): Names {
  const wanted: readonly Wish[] = offers.flatMap(({ server, prefix, names }) =>
    [...new Set(names)].map((name) => ({ server, name, seen: shorten(`${prefix ?? ""}${name}`) })),
  );
  const holders = new Map<string, number>();
  for (const { seen } of wanted) holders.set(seen, (holders.get(seen) ?? 0) + 1);

  const inward = new Map<string, { server: string; name: string }>();
  const outward = new Map<string, string>();
  const take = (wish: Wish, wanted_name: string): void => {
    let distinct = wanted_name;
    for (let salt = 0; inward.has(distinct); salt += 1) distinct = digested(wanted_name, wish, salt);
    inward.set(distinct, { server: wish.server, name: wish.name });
    outward.set(`${wish.server}\n${wish.name}`, distinct);
  };
  // Those that collide choose first: otherwise a server could wait for a collision and offer the name it leads to.
  for (const wish of wanted)
    if (holders.get(wish.seen) !== 1) take(wish, shorten(`${wish.server}_${wish.name}`));
  for (const wish of wanted) if (holders.get(wish.seen) === 1) take(wish, wish.seen);
  return {
    outward: (server, name) => outward.get(`${server}\n${name}`) ?? name,
    inward: (name) => inward.get(name),
  };
}
