import { Secret, TOTP } from "otpauth";
import type { Instant } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import type { SignIns } from "../../store/people/sign-ins.ts";
import { Refused } from "../refused.ts";
import type { Sealer } from "../sealer.ts";

/** One-time passwords (RFC 6238: SHA-1, 30 s, six digits, what every authenticator knows). */
export interface Codes {
  /** A new secret for somebody, in place of the one they had: the address that an authenticator reads. */
  enrol(tenant: TenantId, principal: string, who: string): Promise<string>;
  /** Rejects with Refused where it is not their password of now, was used, or too many were wrong. */
  check(tenant: TenantId, principal: string, code: string): Promise<void>;
}

export const CODES_PURPOSE = "one-time passwords";
const PERIOD_S = 30;
const SECRET_BYTES = 20;
/** Steps of time before and after the present one. */
const WINDOW = 1;
/** So many wrong ones in an hour; then none is looked at until an hour after the last. */
const MOST_WRONG = 10;
const WRONG_MS = 3_600_000;

const totp = (secret: Secret, label: string): TOTP =>
  new TOTP({ issuer: "Portcullis", label, algorithm: "SHA1", digits: 6, period: PERIOD_S, secret });

/** `sealed` has the purpose `CODES_PURPOSE`. */
export function codes(signIns: SignIns, sealed: Sealer, now: () => Instant): Codes {
  return {
    async enrol(tenant, principal, who) {
      const secret = new Secret({ size: SECRET_BYTES });
      await signIns.enrol({
        tenant,
        principal,
        sealed: await sealed.seal(secret.base32),
        made_at: now(),
        made_by: who,
        step: 0,
        wrong: 0,
        wrong_at: 0,
      });
      return totp(secret, tenant === "default" ? principal : `${tenant}/${principal}`).toString();
    },
    async check(tenant, principal, code) {
      const at = now();
      const wrong = (why: string): Refused => new Refused("invalid_token", `one-time password: ${why}`);
      const factor = await signIns.factor(tenant, principal);
      if (factor === undefined) throw wrong("nobody of that name has any");
      // Counted before it is looked at: many at once are many.
      const most = { at, since: at - WRONG_MS, most: MOST_WRONG };
      if (!(await signIns.countTry(tenant, principal, most))) throw wrong("too many were wrong");
      const secret = await sealed.open(factor.sealed);
      if (secret === undefined) throw wrong("sealed with another secret of the gate");
      const delta = /^\d{6}$/.test(code)
        ? totp(Secret.fromBase32(secret), "").validate({ token: code, timestamp: at, window: WINDOW })
        : null;
      if (delta === null) throw wrong("another one");
      const step = Math.floor(at / 1_000 / PERIOD_S) + delta;
      if (!(await signIns.spendStep(tenant, principal, step))) throw wrong("used before");
    },
  };
}
