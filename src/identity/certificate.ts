import { X509Certificate } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Principal } from "../call/principal.ts";
import type { RequiredAuth } from "../config/auth.ts";
import { anyOf } from "../policy/glob.ts";
import { included } from "./demands.ts";
import { peerOf, type Within } from "./network.ts";
import { Refused } from "./refused.ts";

/** A client's certificate, verified by TLS here or by a trusted proxy. */
export interface Certificate {
  /** `spiffe://…`, or `x509:` and its subject. */
  readonly subject: string;
  /** SHA-256 of its DER, base64url: what tokens are bound to (RFC 8705). */
  readonly thumbprint: string;
}

const SPIFFE = /^spiffe:\/\/[a-z0-9._-]{1,255}(?:\/[A-Za-z0-9._-]+)+$/;
const SUBJECT_CHARS = 512;
const HEADER_CHARS = 12_000;

/** The URI names of a certificate; Node quotes a name that holds what could be read as two. */
function uriNames({ subjectAltName = "" }: X509Certificate): readonly string[] {
  if (subjectAltName.includes('"')) throw new Refused("invalid_token", "a certificate with odd names");
  return subjectAltName.split(", ").flatMap((name) => (name.startsWith("URI:") ? [name.slice(4)] : []));
}

/** SPIFFE X.509-SVID §2: exactly one URI name. Another certificate is its subject. */
function subjectOf(certificate: X509Certificate): string {
  const names = uriNames(certificate);
  const id = names.find((name) => name.startsWith("spiffe:"));
  if (id !== undefined) {
    if (names.length === 1 && SPIFFE.test(id)) return id;
    throw new Refused("invalid_token", "a certificate whose SPIFFE id is none, or not its only URI");
  }
  const subject = `x509:${certificate.subject?.split("\n").join(", ") ?? ""}`;
  if (subject === "x509:" || subject.length > SUBJECT_CHARS)
    throw new Refused("invalid_token", "a certificate without a subject");
  return subject;
}

function read(certificate: X509Certificate): Certificate {
  const thumbprint = Buffer.from(certificate.fingerprint256.replaceAll(":", ""), "hex").toString("base64url");
  return Object.freeze({ subject: subjectOf(certificate), thumbprint });
}

const OF_CONNECTION = new WeakMap<Socket, Certificate>();

/** The certificate of a connection; one that TLS did not take is refused, though the connection stands. */
function ofConnection({ socket }: IncomingMessage): Certificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const known = OF_CONNECTION.get(socket);
  if (known !== undefined) return known;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  if (!socket.authorized)
    throw new Refused(
      "invalid_token",
      `a client certificate that is not taken: ${String(socket.authorizationError)}`,
    );
  const found = read(certificate);
  OF_CONNECTION.set(socket, found);
  return found;
}

/** RFC 9440 §2.1: a byte sequence of structured fields. Envoy: `Cert="…"`, percent-encoded PEM, of one hop only. */
function decoded(header: string, value: string): X509Certificate {
  try {
    if (header === "client-cert") {
      const [, base64 = ""] = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(value.trim()) ?? [];
      return new X509Certificate(Buffer.from(base64, "base64"));
    }
    const [, pem = "", more] = /^(?:[^,"]*;)?Cert="([^"]+)"([^,]*)$/.exec(value.trim()) ?? [];
    if (more === undefined) throw new Error("not one element with Cert");
    return new X509Certificate(decodeURIComponent(pem));
  } catch (error) {
    throw new Refused("invalid_token", "a forwarded certificate that cannot be read", { cause: error });
  }
}

function forwarded(
  request: IncomingMessage,
  header: string,
  trusted: Within,
  at: number,
): Certificate | undefined {
  const value = request.headers[header];
  if (value === undefined) return undefined;
  if (!trusted(peerOf(request)))
    throw new Refused("invalid_token", "a forwarded certificate from an address that is no trusted proxy");
  if (typeof value !== "string" || value.length > HEADER_CHARS)
    throw new Refused("invalid_token", "a forwarded certificate that is too long, or comes twice");
  const certificate = decoded(header, value);
  if (at < Date.parse(certificate.validFrom) || at > Date.parse(certificate.validTo))
    throw new Refused("invalid_token", "a forwarded certificate that is not valid now");
  return read(certificate);
}

export interface Certificates {
  /** The certificate that came with a request. Throws Refused where it is not taken. `at` is ms. */
  of(request: IncomingMessage, at: number): Certificate | undefined;
  /** Who the configuration says it is. Throws Refused where it says nothing. */
  principal(certificate: Certificate): Principal;
}

export function certificates({ mtls, implies }: RequiredAuth, trusted: Within): Certificates {
  const subjects = (mtls?.subjects ?? []).map((subject) => ({ ...subject, fits: anyOf(subject.match) }));
  const known = new Map<string, Principal>();
  return {
    of(request, at) {
      if (mtls === undefined) return undefined;
      return mtls.header === undefined ? ofConnection(request) : forwarded(request, mtls.header, trusted, at);
    },
    principal({ subject }) {
      const found = known.get(subject);
      if (found !== undefined) return found;
      const entry = subjects.find(({ fits }) => fits(subject));
      if (entry === undefined) throw new Refused("invalid_token", `no subject of auth.mtls fits ${subject}`);
      const made: Principal = Object.freeze({
        id: entry.id ?? subject,
        tenant: entry.tenant,
        roles: Object.freeze([...entry.roles]),
        scopes: Object.freeze([...included(entry.scopes, implies)]),
        source: "mtls",
      });
      if (known.size >= 10_000) known.clear();
      known.set(subject, made);
      return made;
    },
  };
}
