import type { ServerResponse } from "node:http";
import type { Principal } from "../call/principal.ts";
import { sendJson } from "./reply.ts";

/** What a probe may ask the process. */
export interface Health {
  readonly version: string;
  /** Rejects with the reason where a call could not be served. */
  readonly ready: () => Promise<void>;
  readonly draining: () => boolean;
  /** Whether all parts do what they are for. */
  readonly well: () => boolean;
  /** How the parts are that somebody may see: each a word or an object, with nothing in it that is secret. */
  readonly parts: (to: Principal) => Readonly<Record<string, unknown>> | undefined;
}

/** What a probe of all parts is told: `degraded` where one does not do what it is for, though the gate serves. */
async function detailed(
  health: Health,
  well: boolean,
): Promise<{ readonly status: string; readonly store: string }> {
  const store = await health.ready().then(
    () => "ok",
    () => "unavailable",
  );
  if (health.draining()) return { status: "draining", store };
  return { status: store === "ok" && well ? "healthy" : "degraded", store };
}

/** Every path that is a probe. */
export const PROBES = ["/health", "/health/live", "/health/startup", "/health/detailed", "/ready"] as const;

/**
 * Answers a probe's path; false where it is none. `timestamp` is seconds since 1970, with a fraction. Who may not see the parts
 * hears nothing of them, nor whether one ails.
 */
export async function answerProbe(
  path: string,
  response: ServerResponse,
  health: Health,
  to: Principal,
): Promise<boolean> {
  const said = (status: string): object => ({
    status,
    timestamp: Date.now() / 1000,
    version: health.version,
  });
  switch (path as (typeof PROBES)[number]) {
    case "/health":
    case "/health/live":
    case "/health/startup":
      sendJson(response, 200, said("healthy"));
      return true;
    case "/health/detailed": {
      const parts = health.parts(to);
      const { status, store } = await detailed(health, parts === undefined || health.well());
      sendJson(response, 200, { ...said(status), store, ...parts });
      return true;
    }
    case "/ready":
      if (health.draining()) {
        sendJson(response, 503, said("draining"));
        return true;
      }
      await health.ready().then(
        () => sendJson(response, 200, said("ready")),
        () => sendJson(response, 503, said("store unavailable")),
      );
      return true;
    default:
      return false;
  }
}
