import type { Ask } from "../call/ask.ts";
import type { Call } from "../call/call.ts";
import { digest, type JsonObject } from "../call/json.ts";
import type { Question } from "../store/approvals.ts";

/** Who asks for what. */
export interface Subject {
  readonly tenant: string;
  readonly principal: string;
  readonly server: string;
  readonly method: string;
  readonly target_kind: Call["target"]["kind"];
  readonly target: string;
  readonly args: JsonObject;
}

/** What stands beside it. */
export interface Surroundings {
  /** Digest of the bytes of its arguments, as they will be sent; "" where people chose them and no bytes are known. */
  readonly bytes: string;
  /** Whatever else the request says that is no `_meta`. */
  readonly rest: JsonObject;
  /** Digest of the tool's definition; "" where it is not known. */
  readonly definition: string;
}

/** What an approval is for. */
export type Bound = Pick<Question, "principal" | "subject" | "binding">;

/** Principal, target and arguments as they are spelled and as they are meant, the tool's definition, the rules that ask. */
export function boundOf(subject: Subject, asks: readonly Ask[], surroundings: Surroundings): Bound {
  const { tenant, principal, server, method, target_kind, target, args } = subject;
  const of = digest([tenant, principal, server, method, target_kind, target, args]);
  const { bytes, rest, definition } = surroundings;
  const rules = asks.map(({ rule, version }) => `${rule}\n${version}`).sort();
  return { principal, subject: of, binding: digest([of, bytes, rest, definition, rules]) };
}
