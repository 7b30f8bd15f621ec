import type { Grant } from "../call/grant.ts";
import type { ApprovalId, Instant } from "../call/id.ts";
import type { Principal, TenantId } from "../call/principal.ts";
import { MAX_SOUGHT, type Owned } from "../store/approvals.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import { OLDEST_MS, standingOf } from "./state.ts";

/** What principals were let do for a time, as it is known here; other gates' changes come with the next look. */
export interface Grants {
  /** Those that hold at this moment. */
  of(principal: Principal, now: Instant): readonly Grant[];
  /** Whether anything at all is open about this principal, so that what it may do can change with time. */
  concern(principal: Principal): boolean;
  /** What this principal took in an emergency that is over, and that nobody has looked at since. */
  unreviewed(principal: Principal, now: Instant): ApprovalId | undefined;
  /** Looks now. Rejects where the store cannot be read. */
  refresh(): Promise<void>;
  close(): Promise<void>;
}

/** Nobody was let do anything: for a gate that never refuses. */
export const NO_GRANTS: Grants = Object.freeze({
  of: () => [],
  concern: () => false,
  unreviewed: () => undefined,
  refresh: () => Promise.resolve(),
  close: () => Promise.resolve(),
});

const NONE: readonly Owned[] = Object.freeze([]);
const NO_GRANT: readonly Grant[] = Object.freeze([]);

function keyOf(tenant: TenantId, principal: string): string {
  return JSON.stringify([tenant, principal]);
}

function grantOf({ approval }: Owned, now: Instant): readonly Grant[] {
  const { question } = approval;
  const { sought, asks } = question;
  const [ask] = asks;
  const { state, until } = standingOf(approval, now);
  if (sought === undefined || ask === undefined || state !== "approved") return [];
  const { kind, servers, tools, resources, operations } = sought;
  const scope = {
    ...(servers !== undefined && { servers }),
    ...(tools !== undefined && { tools }),
    ...(resources !== undefined && { resources }),
    ...(operations !== undefined && { operations }),
  };
  return [{ id: question.id, kind, rule: ask.rule, version: ask.version, ...scope, until }];
}

/** Follows what is granted in the store. What was known last holds until its own time where the store does not answer. */
export async function followGrants(
  store: Pick<Store, "sought">,
  now: () => Instant,
  log: Pick<Log, "warn">,
  every_ms = 500,
): Promise<Grants> {
  let known: ReadonlyMap<string, readonly Owned[]> = new Map();
  let looking: Promise<void> = Promise.resolve();
  let troubled = false;
  const look = async (): Promise<void> => {
    const found = await store.sought(now() - OLDEST_MS, MAX_SOUGHT);
    known = Map.groupBy(found, ({ tenant, approval }) => keyOf(tenant, approval.question.principal));
  };
  const round = async (): Promise<void> => {
    try {
      await look();
      troubled = false;
    } catch (error) {
      if (!troubled) log.warn({ err: error }, "what access is granted cannot be read; the last known holds");
      troubled = true;
    }
  };
  await look();
  const timer = setInterval(() => {
    looking = looking.then(round);
  }, every_ms);
  timer.unref();
  // Most of the time nobody was let do anything, and every call asks.
  const owned = ({ tenant, id }: Principal): readonly Owned[] =>
    known.size === 0 ? NONE : (known.get(keyOf(tenant, id)) ?? NONE);
  return {
    concern: (principal) => owned(principal).length > 0,
    of: (principal, at) => {
      const own = owned(principal);
      return own.length === 0 ? NO_GRANT : own.flatMap((each) => grantOf(each, at));
    },
    unreviewed: (principal, at) =>
      owned(principal).find(({ approval }) => standingOf(approval, at).state === "unreviewed")?.approval
        .question.id,
    refresh: look,
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}
