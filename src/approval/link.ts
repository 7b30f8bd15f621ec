import { hkdfSync } from "node:crypto";
import { type ApprovalId, type Instant, parseApprovalId } from "../call/id.ts";
import type { TenantId } from "../call/principal.ts";

/** What the bearer of a link may do on its page: `see` what became of a question, or `decide` as well. */
export type Purpose = "see" | "decide";

/** What a link is for. */
export interface Linked {
  readonly tenant: TenantId;
  readonly id: ApprovalId;
  readonly purpose: Purpose;
}

/** Makes and reads links to the page of one question: signed (JWS, HS256), expiring, and good for that question only. */
export interface Links {
  /** The path below the gate's own address. */
  pathOf(linked: Linked, until: Instant): Promise<string>;
  /** What the signature of a link to this page says; undefined where it is not ours, for another page, or too old. */
  read(id: string, signature: string, now: Instant): Promise<Linked | undefined>;
}

/** A signature is no longer than this. Signatures are loaded with the first: most gates never ask anybody. */
const MOST_CHARS = 1_000;

/** `secret`: at least 32 bytes that every gate of the store has, and nobody else. Each question has a key of its own. */
export function links(secret: Uint8Array): Links {
  const keyOf = (id: ApprovalId): Uint8Array =>
    new Uint8Array(hkdfSync("sha256", secret, "", `portcullis approval page ${id}`, 32));
  return {
    async pathOf({ tenant, id, purpose }, until) {
      const { SignJWT } = await import("jose");
      // Short names, because the model reads it.
      const signature = await new SignJWT({ t: tenant, p: purpose })
        .setProtectedHeader({ alg: "HS256" })
        .setExpirationTime(Math.ceil(until / 1000))
        .sign(keyOf(id));
      return `/a/${id}?k=${signature}`;
    },
    async read(text, signature, now) {
      const id = parseApprovalId(text);
      if (id === undefined || signature.length > MOST_CHARS) return undefined;
      const { jwtVerify } = await import("jose");
      try {
        const { payload } = await jwtVerify(signature, keyOf(id), {
          algorithms: ["HS256"],
          requiredClaims: ["exp", "t", "p"],
          currentDate: new Date(now),
        });
        const { t: tenant, p: purpose } = payload;
        if (typeof tenant !== "string" || (purpose !== "see" && purpose !== "decide")) return undefined;
        return { tenant, id, purpose };
      } catch {
        return undefined;
      }
    },
  };
}
