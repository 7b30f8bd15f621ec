import type { IncomingMessage } from "node:http";
import { setTimeout as later } from "node:timers/promises";
import { actId, type Instant } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import { ROOT_TENANT } from "../call/permission.ts";
import { type Principal, type TenantId, whose } from "../call/principal.ts";
import type { Act, Acts } from "../store/acts.ts";
import type { Log } from "../telemetry/log.ts";
import type { Refused } from "./refused.ts";
import { watch } from "./watch.ts";

/** Sign-ins as acts of the record: who came in with what, and what was refused; never a credential. */
export interface OnRecord {
  /** Somebody is let in: written with the first use of a credential, and again when an hour has passed. */
  came(principal: Principal, address: string): void;
  /** A credential was refused. `counted`: it is only counted, because the address goes on. */
  refused(error: Refused, request: IncomingMessage, address: string, counted: boolean): void;
  /** An attempt that was not even looked at. */
  unlooked(): void;
  /** Resolves when what is under way is written. */
  close(): Promise<void>;
}

export interface OnRecordParts {
  readonly actsOf: (tenant: TenantId) => Pick<Acts, "write">;
  /** Wall clock, ms. */
  readonly now: () => Instant;
  readonly log: Log;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** Credentials whose first use is remembered. */
const HELD = 10_000;
/** Acts that one gate writes in a minute; what comes beyond them is counted, and the count is written. */
const FAILED_A_MINUTE = 60;
const CAME_A_MINUTE = 600;
/** Acts of so long are written together: to commit one costs more than to verify a token. */
const TOGETHER_MS = 50;

/** What somebody came with, as far as that shows; nothing of it is kept. */
function kindOf({ headers }: Pick<IncomingMessage, "headers">): string {
  const { authorization = "", dpop, cookie } = headers;
  if (headers["x-api-key"] !== undefined || /^bearer pc_/i.test(authorization)) return "api-key";
  if (dpop !== undefined || /^dpop /i.test(authorization)) return "dpop";
  if (authorization !== "") return "token";
  return cookie === undefined ? "certificate" : "session";
}

const CLASSES: readonly (readonly [RegExp, string])[] = [
  [/^a key that nobody knows|^it is no key|^no key$/, "unknown_key"],
  [/another secret/, "wrong_secret"],
  [/taken back or has expired/, "key_over"],
  [/may not be used from here/, "elsewhere"],
  [/is disabled$/, "disabled"],
  [/is no service account/, "no_account"],
  [/nobody of tenant/, "tenant_shut"],
  [/issuer that is not configured/, "unknown_issuer"],
  [/query string/, "in_query"],
  [/more than \d+ characters/, "oversized"],
  [/cnf|bound to/, "binding"],
];
/** As jose calls them. */
const OF_CODE: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: "expired",
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: "signature",
  ERR_JOSE_ALG_NOT_ALLOWED: "algorithm",
  ERR_JWKS_NO_MATCHING_KEY: "unknown_signer",
  ERR_JWT_CLAIM_VALIDATION_FAILED: "claim",
};

/** Why a credential was refused, in a word that says nothing of what is in it. */
function reasonOf({ error, message, cause }: Refused): string {
  const { code, claim } = (cause ?? {}) as { readonly code?: unknown; readonly claim?: unknown };
  const known = typeof code === "string" ? OF_CODE[code] : undefined;
  if (known !== undefined)
    return known === "claim" && typeof claim === "string" ? `claim_${claim.slice(0, 32)}` : known;
  return CLASSES.find(([pattern]) => pattern.test(message))?.[1] ?? error;
}

/** What may be done so often in a minute, and how much came beyond it. */
function allowance(most: number) {
  let used = 0;
  let beyond = 0;
  return {
    take(): boolean {
      const free = used < most;
      if (free) used += 1;
      else beyond += 1;
      return free;
    },
    miss: (): void => void (beyond += 1),
    /** Begins another minute; gives what came beyond the one that is over. */
    renew(): number {
      const over = beyond;
      used = 0;
      beyond = 0;
      return over;
    },
  };
}

export function onRecord({ actsOf, now, log }: OnRecordParts): OnRecord {
  const since = new Map<string, Instant>();
  const noted = new WeakMap<Principal, Instant>();
  const [failed, came] = [allowance(FAILED_A_MINUTE), allowance(CAME_A_MINUTE)];
  const underWay = new Set<Promise<void>>();
  let trouble = false;
  let together: Promise<void> | undefined;

  function write(
    tenant: TenantId,
    act: Pick<Act, "principal" | "action" | "object" | "outcome" | "detail">,
  ): void {
    const at = now();
    together ??= later(TOGETHER_MS).then(() => void (together = undefined));
    const writing = together
      .then(() => actsOf(tenant).write({ kind: "act", id: actId(at), at, ...act }))
      .then(
        () => void (trouble = false),
        (error: unknown) => {
          // Said once, until it can be written again.
          if (!trouble) log.warn({ err: error }, "sign-ins cannot be put on record");
          trouble = true;
        },
      )
      .finally(() => void underWay.delete(writing));
    underWay.add(writing);
  }

  function isFirst(principal: Principal, at: Instant): boolean {
    const { credential, source, expires = 0 } = principal;
    // A token is told from another by when it ends.
    const key = `${whose(principal)} ${credential ?? `${source} ${expires}`}`;
    const last = since.get(key);
    if (last !== undefined && at - last < HOUR_MS) return false;
    since.delete(key);
    since.set(key, at);
    const [oldest] = since.keys();
    if (since.size > HELD && oldest !== undefined) since.delete(oldest);
    return true;
  }

  function summed(): void {
    for (const [action, outcome, more] of [
      ["signin.failed", "refused", failed.renew()],
      ["signin.ok", "ok", came.renew()],
    ] as const)
      if (more > 0)
        write(ROOT_TENANT, { principal: "", action, object: "", outcome, detail: { more, summed: true } });
  }
  const looking = watch(MINUTE_MS, () => Promise.resolve(summed()));

  return {
    came(principal, address) {
      const at = now();
      const last = noted.get(principal);
      if (last !== undefined && at - last < HOUR_MS) return;
      noted.set(principal, at);
      if (!isFirst(principal, at) || !came.take()) return;
      const { id, tenant, source, credential } = principal;
      const detail: JsonObject = { kind: source, address };
      write(tenant, { principal: id, action: "signin.ok", object: credential ?? id, outcome: "ok", detail });
    },
    refused(error, request, address, counted) {
      if (counted) return failed.miss();
      if (!failed.take()) return;
      const detail: JsonObject = { kind: kindOf(request), address, reason: reasonOf(error) };
      write(ROOT_TENANT, { principal: "", action: "signin.failed", object: "", outcome: "refused", detail });
    },
    unlooked: () => failed.miss(),
    async close() {
      await looking.stop();
      summed();
      await Promise.all(underWay);
    },
  };
}
