import type { ClientClaim } from "../call/call.ts";
import { Fault } from "../call/fault.ts";
import { isObject, member, type Json, type JsonObject } from "../call/json.ts";
import { field, type HeaderFields } from "./field.ts";
import type { Frame, Message } from "./frame.ts";
import { LEGACY } from "./legacy.ts";
import { MODERN } from "./modern.ts";
import { isModern, META, MODERN_REVISIONS } from "./revision.ts";

/** One POST body, or one line of standard input (then without headers). */
export interface Inbound {
  /** One, unless the document was an array. */
  readonly frames: readonly Frame[];
  readonly batch: boolean;
  readonly headers: HeaderFields;
}

/** How the exchange is to be served, or why it is not. `revision` of a legacy exchange is what it asked for, if it did. */
export type Classified =
  | {
      readonly kind: "legacy";
      readonly reason: "initialize" | "no-claim" | "notification" | "response" | "batch";
      readonly revision: string | undefined;
      /** Only `initialize` says it; later requests have it from their session. */
      readonly client: ClientClaim | undefined;
    }
  | {
      readonly kind: "modern";
      readonly revision: string;
      readonly client: ClientClaim | undefined;
      /** `{}` for a notification, which need not say. */
      readonly capabilities: JsonObject;
    }
  /** `rung` names the step of the ladder that spoke, for the log. */
  | { readonly kind: "refused"; readonly rung: string; readonly fault: Fault };

/** What the rungs look at. */
interface Seen {
  readonly inbound: Inbound;
  readonly message: Message | undefined;
  readonly params: JsonObject;
  /** `params._meta["io.modelcontextprotocol/protocolVersion"]`: having it, whatever it is, claims the modern era. */
  readonly claim: Json | undefined;
  readonly header: string | undefined;
}

/** One step: where it applies it either says how to serve, or gives the fault, or lets the next one speak. */
interface Rung {
  readonly name: string;
  readonly says: (seen: Seen) => Classified | Fault | undefined;
}

const NO_PARAMS: JsonObject = Object.freeze({});

function claimIn(message: Message | undefined): Json | undefined {
  return message === undefined || !("params" in message)
    ? undefined
    : member(member(message.params, "_meta"), META.revision);
}

/** Keys of the envelope that a request must carry and does not, or not as what they must be. */
function missingKeys(params: JsonObject): readonly string[] {
  const meta = member(params, "_meta");
  if (!isObject(meta)) return ["_meta"];
  const missing: string[] = [];
  if (typeof member(meta, META.revision) !== "string") missing.push(META.revision);
  if (!isObject(member(meta, META.client_capabilities))) missing.push(META.client_capabilities);
  return missing;
}

function envelopeFault(missing: readonly string[]): Fault {
  return new Fault(
    "invalid-params",
    `Each request of revision ${MODERN_REVISIONS[0]} must carry in params: ${missing.join(", ")}.`,
    { data: { envelope: { missing } } },
  );
}

export function mismatch(header: string, body: string): Fault {
  return new Fault("header-mismatch", `The request headers and the body disagree: ${body}.`, {
    data: { mismatch: { header, body } },
  });
}

function unsupported(requested: string): Fault | undefined {
  if (MODERN_REVISIONS.some((known) => known === requested)) return undefined;
  return new Fault("unsupported-version", `Protocol revision ${requested} is not supported.`, {
    data: { supported: [...MODERN_REVISIONS], requested },
  });
}

function methodDisagrees({ inbound, message }: Seen): Fault | undefined {
  const header = field(inbound.headers, "mcp-method");
  if (header === undefined || message === undefined || !("method" in message) || header === message.method)
    return undefined;
  return mismatch(header, `the body names method ${message.method}, the Mcp-Method header another`);
}

function versionDisagrees({ header, claim }: Seen): Fault | undefined {
  if (header === undefined || header === claim) return undefined;
  return mismatch(
    header,
    `the body claims revision ${typeof claim === "string" ? claim : "(none)"}, the MCP-Protocol-Version header another`,
  );
}

const legacy = (
  reason: Extract<Classified, { kind: "legacy" }>["reason"],
  revision: string | undefined,
  client?: ClientClaim,
): Classified => ({ kind: "legacy", reason, revision, client });

function modern({ params }: Seen, revision: string): Classified {
  const { client, capabilities } = MODERN.envelope(params);
  return { kind: "modern", revision, client, capabilities: capabilities ?? NO_PARAMS };
}

const claimsModern = ({ params, claim }: Seen): boolean =>
  typeof claim === "string" && isModern(claim) && missingKeys(params).length === 0;

/**
 * The ladder: the first rung that speaks decides (the rules of the SDK's `classifyInboundRequest`, and after it the
 * revision gate of its entry). The body decides the era, the headers are checked against it; nothing modern that is
 * malformed falls back to legacy.
 */
export const LADDER: readonly Rung[] = [
  {
    name: "batch-empty",
    says: ({ message }) =>
      message === undefined ? new Fault("invalid-request", "The batch holds no message.") : undefined,
  },
  {
    name: "batch-with-modern-element",
    says: ({ inbound }) =>
      inbound.batch && inbound.frames.some((frame) => claimIn(frame.message) !== undefined)
        ? new Fault(
            "invalid-request",
            `Revision ${MODERN_REVISIONS[0]} has no batches: send one message at a time.`,
          )
        : undefined,
  },
  { name: "batch", says: ({ inbound, header }) => (inbound.batch ? legacy("batch", header) : undefined) },
  {
    name: "response",
    says: ({ message, header }) =>
      message?.kind === "result" || message?.kind === "error" ? legacy("response", header) : undefined,
  },
  {
    name: "initialize",
    says: (seen) => {
      const { message, params, header } = seen;
      if (message?.kind !== "request" || message.method !== "initialize" || claimsModern(seen))
        return undefined;
      if (header !== undefined && isModern(header)) {
        return mismatch(
          header,
          "initialize belongs to the legacy era, the MCP-Protocol-Version header to the modern one",
        );
      }
      const { revision, client } = LEGACY.envelope(params);
      return legacy("initialize", revision, client);
    },
  },
  {
    name: "envelope",
    says: ({ message, params, claim }) => {
      if (claim === undefined) return undefined;
      const missing = missingKeys(params);
      const broken = message?.kind === "request" ? missing.length > 0 : typeof claim !== "string";
      return broken ? envelopeFault(missing) : undefined;
    },
  },
  { name: "version-header", says: (seen) => (seen.claim === undefined ? undefined : versionDisagrees(seen)) },
  {
    name: "method-header",
    says: (seen) => (seen.claim === undefined ? undefined : methodDisagrees(seen)),
  },
  {
    name: "claim",
    says: (seen) =>
      typeof seen.claim === "string" ? (unsupported(seen.claim) ?? modern(seen, seen.claim)) : undefined,
  },
  {
    name: "modern-header-without-claim",
    says: (seen) => {
      const { message, params, header } = seen;
      if (header === undefined || !isModern(header)) return undefined;
      if (message?.kind === "request") return envelopeFault(missingKeys(params));
      return methodDisagrees(seen) ?? unsupported(header) ?? modern(seen, header);
    },
  },
  {
    name: "no-claim",
    says: ({ message, header }) =>
      legacy(message?.kind === "notification" ? "notification" : "no-claim", header),
  },
];

/** Which era an exchange belongs to: the first rung of `LADDER` that speaks. Never throws. */
export function classify(inbound: Inbound): Classified {
  const message = inbound.frames[0]?.message;
  const seen: Seen = {
    inbound,
    message,
    params: message !== undefined && "params" in message ? message.params : NO_PARAMS,
    claim: claimIn(message),
    header: field(inbound.headers, "mcp-protocol-version"),
  };
  for (const { name, says } of LADDER) {
    const said = says(seen);
    if (said instanceof Fault) return { kind: "refused", rung: name, fault: said };
    if (said !== undefined) return said;
  }
  return {
    kind: "refused",
    rung: "none",
    fault: new Fault("invalid-request", "The exchange belongs to no era."),
  };
}
