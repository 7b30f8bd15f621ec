import { randomFillSync } from "node:crypto";

type Branded<B extends string> = string & { readonly __brand: B };
/** `call_` and 26 characters: a TypeID over a UUIDv7, so ids sort by time. */
export type CallId = Branded<"call">;
/** `dec_…`, names one decision in a refusal. */
export type DecisionId = Branded<"dec">;
/** `apr_…`, names one question to people. */
export type ApprovalId = Branded<"apr">;
/** `ntc_…`, names one notice to one channel. */
export type NoticeId = Branded<"ntc">;
/** `act_…`, names one thing that was done to the gate itself. */
export type ActId = Branded<"act">;
/** Milliseconds since 1970-01-01T00:00Z. */
export type Instant = number;

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";
const POOL = new Uint8Array(1600);
let taken = POOL.length;

/** 10 random bytes a piece, drawn from a pool because one system call for each id would cost more than the id. */
function random(): number {
  if (taken + 10 > POOL.length) {
    randomFillSync(POOL);
    taken = 0;
  }
  const at = taken;
  taken += 10;
  return at;
}

// One id is made at a time, so all share these.
const BITS = new Uint8Array(16);
const DIGITS = Buffer.alloc(26);

/** The suffix of a TypeID (spec 0.3.0): 128 bits of UUIDv7 (RFC 9562 §5.7) in 26 characters of base32. */
function suffix(at: Instant): string {
  const high = Math.floor(at / 0x1_0000_0000);
  BITS[0] = high >>> 8;
  BITS[1] = high;
  BITS[2] = at >>> 24;
  BITS[3] = at >>> 16;
  BITS[4] = at >>> 8;
  BITS[5] = at;
  const from = random();
  for (let at_byte = 0; at_byte < 10; at_byte++) BITS[6 + at_byte] = POOL[from + at_byte] ?? 0;
  BITS[6] = ((BITS[6] ?? 0) & 0x0f) | 0x70;
  BITS[8] = ((BITS[8] ?? 0) & 0x3f) | 0x80;
  let carry = 0;
  let held = 2; // 130 bits in 26 characters: two leading zero bits
  let at_digit = 0;
  for (const byte of BITS) {
    carry = (carry << 8) | byte;
    held += 8;
    while (held >= 5) {
      held -= 5;
      DIGITS[at_digit++] = ALPHABET.charCodeAt((carry >>> held) & 31);
    }
  }
  return DIGITS.toString("latin1");
}

export function callId(at: Instant): CallId {
  return `call_${suffix(at)}` as CallId;
}

/** The smallest id a call of that instant can have, for ranges over ids. */
export function firstCallId(at: Instant): CallId {
  return `call_${suffix(at).slice(0, 10)}${"0".repeat(16)}` as CallId;
}

/** A decision has the id of its call under its own prefix, so that one leads to the other. */
export function decisionId(call: CallId): DecisionId {
  return `dec_${call.slice("call_".length)}` as DecisionId;
}

/** A call's id, or undefined where the text is none; a decision's or an exchange's is taken for its call's. */
export function parseCallId(text: string): CallId | undefined {
  const found = /^(?:call|dec|req)_([0-7][0-9a-hjkmnp-tv-z]{25})$/.exec(text);
  return found === null ? undefined : (`call_${found[1]}` as CallId);
}

/** What the HTTP exchange of a call is called where its client gave it no name: as the call, under its own prefix. */
export function requestId(call: CallId): string {
  return `req_${call.slice("call_".length)}`;
}

/** The call that an exchange is called by; undefined where its client named it. */
export function callOfRequest(text: string): CallId | undefined {
  return text.startsWith("req_") ? parseCallId(text) : undefined;
}

export function approvalId(at: Instant): ApprovalId {
  return `apr_${suffix(at)}` as ApprovalId;
}

/** An approval's id, or undefined where the text is none; `op-…` is taken for `apr_…`. */
export function parseApprovalId(text: string): ApprovalId | undefined {
  const found = /^(?:apr_|op-)([0-7][0-9a-hjkmnp-tv-z]{25})$/.exec(text);
  return found === null ? undefined : (`apr_${found[1]}` as ApprovalId);
}

export function noticeId(at: Instant): NoticeId {
  return `ntc_${suffix(at)}` as NoticeId;
}

/** A notice's id, or undefined where the text is none. */
export function parseNoticeId(text: string): NoticeId | undefined {
  return /^ntc_[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(text) ? (text as NoticeId) : undefined;
}

export function actId(at: Instant): ActId {
  return `act_${suffix(at)}` as ActId;
}
