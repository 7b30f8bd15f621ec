import type { IncomingMessage } from "node:http";
import type { RequiredAuth } from "../config/auth.ts";
import type { Listener } from "../config/config.ts";
import { challenge, metadataOf, type Resource } from "./challenge.ts";
import type { Demands } from "./demands.ts";
import { serverMetadata } from "./grants/counter.ts";
import type { OwnServer } from "./grants/open.ts";
import type { Identity } from "./identity.ts";
import { baseOf, describedPart, isPart, partOf, pathOf } from "./resource.ts";

export type ResourceOf = (request: IncomingMessage, at: Listener, part: string) => Resource;

/** What a request asks for, as metadata and challenges name it. */
export function resourcesOf({ public_url }: RequiredAuth): ResourceOf {
  return (request, at, part) => {
    const server = at.server ?? /^\/(?:mcp|sse)\/(.+)$/.exec(part)?.[1] ?? "";
    return { base: baseOf(request, at, public_url), part, server };
  };
}

/** How whoever wants to come in is told what to bring. */
export function telling(
  auth: RequiredAuth,
  demands: Demands,
  resourceOf: ResourceOf,
  own: OwnServer | undefined,
): Pick<Identity, "metadata" | "stepUp"> {
  return {
    metadata(request, at) {
      const path = pathOf(request);
      if (!path.startsWith("/.well-known/")) return undefined;
      const server = serverMetadata(own?.grants, path);
      if (server !== undefined) return server;
      const part = describedPart(path, baseOf(request, at, auth.public_url));
      if (part === undefined || !isPart(part)) return undefined;
      return metadataOf(auth, resourceOf(request, at, part), demands);
    },
    stepUp(request, at, { scopes, ...sign_in }) {
      const resource = resourceOf(request, at, partOf(pathOf(request)));
      if (scopes !== undefined) return challenge(auth, resource, { error: "insufficient_scope", scopes });
      return challenge(auth, resource, {
        error: "insufficient_user_authentication",
        scopes: demands.atLeast(resource.server),
        ...sign_in,
      });
    },
  };
}
