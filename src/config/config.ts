import type { DataClass } from "../call/classification.ts";
import type { KeysConfig } from "./keys.ts";
import type { Guarding, MaskKind } from "../call/guard.ts";
import type { Anchors, LogSettings } from "./anchors.ts";
import type { Auth, Tls } from "./auth.ts";
import type { Notifications } from "./notifications.ts";
import type { Plugin } from "./plugins.ts";
import type { PolicyPlaceKind } from "./policy-place.ts";
import type { TenantsConfig } from "./tenants.ts";
import type { UpstreamAuth } from "./upstream-auth.ts";
import type { Sink } from "./sinks.ts";
import type { Voter } from "./voters.ts";

/** The configuration after defaults, presets and environment: what the rest of the gate reads. Frozen. */
export interface Config {
  /** Absolute path of the file it came from, or undefined where there was none (`wrap` alone). */
  readonly file: string | undefined;
  readonly preset: "development" | "production" | "high_security" | "gdpr_focused";
  readonly mode: "enforce" | "observe";
  readonly listen: readonly Listener[];
  readonly auth: Auth;
  /** HTTPS on every listener; undefined: plain HTTP. */
  readonly tls: Tls | undefined;
  readonly tenants: TenantsConfig;
  readonly store: StoreAddress;
  /** What the keys are wrapped with that seal what is personal in the records. */
  readonly keys: KeysConfig;
  /** Redis, where replicas share their limits; absent: the store. The address is a secret. */
  readonly cluster?: { readonly url: string } | undefined;
  /** Absolute paths of policy files and folders. None where the policy comes from elsewhere. */
  readonly policy: readonly string[];
  readonly policy_from: PolicyPlaceKind;
  /** In the order of the file; names are unique. */
  readonly voters: readonly Voter[];
  /** In the order of the file; names are unique. */
  readonly servers: readonly Server[];
  /** What is looked at, and what findings lead to. */
  readonly guarding: Guarding;
  /** Guards that are not built in, in the order of the file; names are unique. */
  readonly plugins: readonly Plugin[];
  /** Where people reach this gate, without a slash at the end; undefined: nobody said. */
  readonly public_url: string | undefined;
  /** What links are signed with, where it was written; use `gateSecret`. */
  readonly secret: string | undefined;
  readonly notifications: Notifications;
  /** Hosts and networks inside that the gate itself may reach. */
  readonly outbound: { readonly allow: readonly string[] };
  /** In the order of the file; names are unique. */
  readonly sinks: readonly Sink[];
  readonly audit: { readonly detail: "full" | "summary" };
  readonly log: LogSettings;
  readonly anchors: Anchors;
  readonly limits: Limits;
  /** Origins (scheme://host[:port]) a browser may call from, beside the listener's own. */
  readonly allowed_origins: readonly string[];
  /** Host names the gate answers to, beside loopback. */
  readonly allowed_hosts: readonly string[];
}

export interface Address {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
}

/** Where the gate listens. */
export interface Listener extends Address {
  /** The server that alone is behind it; absent: all that have no listener of their own. */
  readonly server?: string;
}

export type StoreAddress =
  | { readonly kind: "sqlite"; readonly path: string }
  | { readonly kind: "postgres"; readonly url: string };

/** Bounds on everything that comes in. */
export interface Limits {
  readonly body_bytes: number;
  readonly depth: number;
  readonly sessions: number;
  readonly session_idle_ms: number;
  readonly calls_per_session: number;
  readonly streams_per_session: number;
  /** How long SIGTERM waits for calls in flight. */
  readonly drain_ms: number;
}

interface ServerCommon {
  readonly name: string;
  /** Put before every tool and prompt name of this server; undefined: only where names collide. */
  readonly prefix: string | undefined;
  /** Silence after which a call is given up, unless the server waits for its client. */
  readonly timeout_ms: number;
  /** Open conversations at once. */
  readonly sessions: number;
  /** Argument names that `match.resource` of a policy rule reads. */
  readonly resource_args: readonly string[];
  /** Its calls, or those of the tools that these globs name, pass also where they cannot be recorded. */
  readonly record?: "observe" | { readonly observe: readonly string[] };
  /** What its data is at least. Absent: nobody says. */
  readonly classification?: DataClass;
  /** Kinds of masked data that this server gets in plain. Absent: none. */
  readonly entitled?: readonly MaskKind[];
  /** What the gate shows it; absent: nothing but `headers` and `env`. Holds secrets. */
  readonly auth?: UpstreamAuth;
}
export interface StdioServer extends ServerCommon {
  readonly transport: "stdio";
  readonly command: string;
  readonly args: readonly string[];
  /** What the file gives the child, on top of the minimal environment. Values are secrets. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** What came into it from the environment or a secret file, by reference. */
  readonly secrets: readonly string[];
}
export interface HttpServer extends ServerCommon {
  readonly transport: "streamable-http";
  readonly url: string;
  /** Sent on every request. Values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
}
/** HTTP+SSE of 2024-11-05. */
export interface SseServer extends ServerCommon {
  readonly transport: "sse";
  readonly url: string;
  /** Sent on every request. Values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
}
export interface SocketServer extends ServerCommon {
  readonly transport: "websocket";
  readonly url: string;
  /** Sent with the handshake. Values are secrets. */
  readonly headers: Readonly<Record<string, string>>;
}
export type Server = StdioServer | HttpServer | SseServer | SocketServer;
export type Transport = Server["transport"];

export const DEFAULT_LIMITS: Limits = {
  body_bytes: 4 * 1024 * 1024,
  depth: 64,
  sessions: 10_000,
  session_idle_ms: 30 * 60_000,
  calls_per_session: 512,
  streams_per_session: 16,
  drain_ms: 10_000,
};
/** There is one, `default`, beside whichever credentials name. */
export const NO_TENANTS: TenantsConfig = { enabled: false, strict: false, declared: [] };
/** The key is made where it can be, and what is new is signed every minute. */
export const DEFAULT_LOG: LogSettings = { key: undefined, checkpoint_ms: 60_000 };
export const NO_ANCHORS: Anchors = { places: [], witnesses: 0 };
/** Nobody is told. */
export const NO_NOTIFICATIONS: Notifications = {
  slack: undefined,
  teams: {},
  mail: undefined,
  webhooks: [],
  alerts: [],
};
export const DEFAULT_RESOURCE_ARGS: readonly string[] = [
  "name",
  "path",
  "uri",
  "url",
  "project",
  "script",
  "resource",
  "id",
];
