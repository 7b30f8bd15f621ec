import { whose } from "../../call/principal.ts";
import { targetOf } from "../../wire/methods.ts";
import type { Gate } from "../gate.ts";
import { type ListMethod } from "../lists/catalogue.ts";
import { wholeList } from "../lists/lists.ts";
import type { Asking, Route } from "./address.ts";
import { mergeNames, type Names } from "./names.ts";

const UNKNOWN: Route = { kind: "unknown" };

/** Where the requests of a merged address lead. */
export interface Router {
  readonly route: (asking: Asking) => Promise<Route>;
  readonly names: (asking: Asking, method: "tools/list" | "prompts/list") => Promise<Names>;
}

interface Merged {
  readonly version: number;
  readonly names: Names;
}

/** Names are merged once for each principal and kept until a list changes. */
export function router(gate: Gate, servers: readonly string[]): Router {
  const kept = new Map<string, Merged>();

  async function names(asking: Asking, method: "tools/list" | "prompts/list"): Promise<Names> {
    const key = `${whose(asking.conversation.principal)}\n${method}`;
    const last = kept.get(key);
    if (last !== undefined && last.version === gate.catalogue.version) return last.names;
    const offers = await Promise.all(
      servers.map(async (server) => ({
        server,
        prefix: gate.servers.get(server)?.server.prefix,
        names: [...(await wholeList(gate, asking, server, method)).keys()],
      })),
    );
    const merged = mergeNames(offers);
    // Several thousand principals may pass by; what is derived is cheap to derive again.
    if (kept.size >= 1024) kept.clear();
    kept.set(key, { version: gate.catalogue.version, names: merged });
    return merged;
  }

  async function byName(
    asking: Asking,
    method: "tools/list" | "prompts/list",
    name: string,
    path: readonly string[],
  ): Promise<Route> {
    const found = (await names(asking, method)).inward(name);
    if (found === undefined) return UNKNOWN;
    return {
      kind: "server",
      server: found.server,
      edits: found.name === name ? [] : [{ kind: "set", path: ["params", ...path], to: found.name }],
    };
  }

  async function route(asking: Asking): Promise<Route> {
    const { method, params } = asking.message;
    if (method === "subscriptions/listen") return { kind: "every", servers };
    const target = targetOf(method, params);
    switch (target.kind) {
      case "tool":
        return byName(asking, "tools/list", target.name, ["name"]);
      case "prompt":
        return byName(
          asking,
          "prompts/list",
          target.name,
          method === "completion/complete" ? ["ref", "name"] : ["name"],
        );
      case "resource":
        return byUri(gate, servers, asking, target.uri);
      case "task":
        return byOwner(gate, servers, asking, target.id);
      case "none":
        // Nothing in the request says whose it is, and asking everybody would tell everybody.
        return UNKNOWN;
    }
  }

  return { route, names };
}

/** The server that lists a resource, else the one whose template it begins like, or in one of whose skills it lies. */
async function byUri(gate: Gate, servers: readonly string[], asking: Asking, uri: string): Promise<Route> {
  const holder = async (
    method: ListMethod,
    fits: (listed: string) => boolean,
  ): Promise<string | undefined> => {
    for (const server of servers) {
      const items = await wholeList(gate, asking, server, method);
      if ([...items.keys()].some(fits)) return server;
    }
    return undefined;
  };
  const listing = await holder("resources/list", (listed) => listed === uri);
  const alike =
    (await holder("resources/templates/list", (template) => template === uri || begins(uri, template))) ??
    (listing === undefined ? await holder("skills/list", (skill) => within(uri, skill)) : undefined);
  const server = listing ?? alike;
  return server === undefined ? UNKNOWN : { kind: "server", server, edits: [], listed: alike === undefined };
}

/** Whether a URI is that of a skill (its `SKILL.md`), of a file beside that, or of a folder there. */
function within(uri: string, skill: string): boolean {
  const folder = skill.slice(0, skill.lastIndexOf("/"));
  return uri === skill || uri === folder || uri.startsWith(`${folder}/`);
}

/** Whether a URI begins as a template does before its first variable; a template that begins with one fits nothing. */
function begins(uri: string, template: string): boolean {
  const literal = template.split("{", 1)[0] ?? "";
  return literal !== "" && literal !== template && uri.startsWith(literal);
}

/** The server from which the principal has the task; where two gave it the same id, nobody can say which is meant. */
async function byOwner(
  gate: Gate,
  servers: readonly string[],
  { conversation }: Asking,
  id: string,
): Promise<Route> {
  const all = await gate.tasks.find(conversation.principal, id);
  const [own, ...others] = all.filter(({ server }) => servers.includes(server));
  return own === undefined || others.length > 0 ? UNKNOWN : { kind: "server", server: own.server, edits: [] };
}
