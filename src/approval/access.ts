import type { Access } from "../call/grant.ts";
import type { ApprovalId, Instant } from "../call/id.ts";
import { digest, type JsonObject } from "../call/json.ts";
import type { TenantId } from "../call/principal.ts";
import { spanText } from "../document/duration.ts";
import type { Actor, Act, Question, Sought } from "../store/approvals.ts";

/** What somebody wants to be let do. */
export interface Wanted extends Sought {
  readonly tenant: TenantId;
  /** Who asks, and how that is known. */
  readonly by: Actor;
  /** Who puts it, where that is somebody else. */
  readonly asked_by?: string | undefined;
}

/** The question that a request of access is, and what already happened to it: breaking the glass is an act of its own. */
export interface Request {
  readonly question: Question;
  readonly broken: Act | undefined;
}

/** Parts of a scope, as they are named where people see them. */
const PARTS = ["servers", "tools", "resources", "operations"] as const;

function scopeOf(wanted: Sought): JsonObject {
  return Object.fromEntries(
    PARTS.flatMap((part) => (wanted[part] === undefined ? [] : [[part, wanted[part]]])),
  );
}

/**
 * Asks for access under a rule that offers it. In an emergency, where the rule lets it be taken, it holds at once, and who
 * may decide is told. Throws RangeError where the rule does not offer so much.
 */
export function request(
  wanted: Wanted,
  access: Access,
  {
    id,
    at,
    policy_version,
  }: { readonly id: ApprovalId; readonly at: Instant; readonly policy_version: string },
): Request {
  const { tenant, by, asked_by, kind, for_ms, reason } = wanted;
  if (for_ms > access.for_ms)
    throw new RangeError(`rule ${access.rule} gives access for ${spanText(access.for_ms)} at most`);
  if (reason.trim() === "") throw new RangeError("a request of access says why it is needed");
  if (kind === "break_glass" && !access.break_glass)
    throw new RangeError(`rule ${access.rule} does not let anybody take it without asking`);
  const scope = scopeOf(wanted);
  const subject = digest([tenant, by.id, "access", access.rule, scope]);
  const question: Question = {
    id,
    at,
    principal: by.id,
    ...(asked_by !== undefined && { asked_by }),
    ...(by.made_by !== undefined && { made_by: by.made_by }),
    sought: { kind, for_ms, reason, ...scope },
    subject,
    binding: digest([subject, access.version, for_ms, kind, reason]),
    asks: [access],
    expires: at + access.within_ms,
    shown: {
      server: wanted.servers?.join("|") ?? "*",
      method: "access",
      target: wanted.tools?.join("|") ?? "*",
      target_kind: "none",
      client: "",
      args: { ...scope, for: spanText(for_ms), reason },
      whole: false,
      args_digest: digest({ ...scope, for_ms, reason }),
      definition: "",
      policy_version,
    },
  };
  if (kind === "access") return { question, broken: undefined };
  return { question, broken: { seq: 1, at, by, reason, deed: { kind: "break" }, state: "approved" } };
}
