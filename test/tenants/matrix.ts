import type { Answer } from "./gates.ts";

/** What one tenant has, or what nobody has: the same in every form, so that answers about both can be compared. */
export interface Things {
  readonly tenant: string;
  readonly server: string;
  readonly tool: string;
  readonly task: string;
  readonly approval: string;
  readonly call: string;
  readonly key: string;
  readonly user: string;
  readonly account: string;
  readonly session: string;
}

/** One operation of the API, as its description has it. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly string[];
  readonly takesBody: boolean;
}

interface Description {
  readonly paths: Readonly<
    Record<
      string,
      Readonly<Record<string, { parameters?: readonly { name: string }[]; requestBody?: unknown }>>
    >
  >;
}

export function operationsOf(description: unknown): readonly Operation[] {
  return Object.entries((description as Description).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase(),
      path,
      parameters: parameters.map(({ name }) => name),
      takesBody: requestBody !== undefined,
    })),
  );
}

/** What stands in a path for one of somebody's things. A new parameter is entered here. */
const IN_PATH: Readonly<Record<string, (things: Things, path: string) => string>> = {
  tenant_id: ({ tenant }) => tenant,
  code: () => "not-found",
  call_id: ({ call }) => call,
  "*": ({ server }) => `mcp/${server}`,
  id(things, path) {
    if (path.includes("/approvals/")) return things.approval;
    if (path.includes("/audit/")) return things.call;
    if (path.includes("/keys/")) return things.key;
    if (path.includes("/users/")) return things.user;
    if (path.includes("/service-accounts/")) return things.account;
    if (path.includes("/sessions/")) return things.session;
    throw new Error(`What is {id} of ${path}? Say it in test/tenants/matrix.ts.`);
  },
};

/** What stands in the query. A parameter that is none of these names nobody's things. */
const IN_QUERY: Readonly<Record<string, (things: Things) => string>> = {
  from: () => "0",
  tenant: ({ tenant }) => tenant,
  tenant_id: ({ tenant }) => tenant,
  confirm: ({ tenant }) => tenant,
  principal: ({ user }) => user,
  server: ({ server }) => server,
  target: ({ tool }) => tool,
};
/** Filters of lists of one's own: they may name anything, and find nothing. */
const FILTERS: ReadonlySet<string> = new Set(["principal", "server", "target", "from"]);

/** Without them there is no answer at all. */
const REQUIRED: ReadonlySet<string> = new Set(["confirm", "from"]);

const question = ({ tenant, server }: Things) => ({
  tenant_id: tenant,
  resource_id: server,
  operation: "read",
});
/** What is sent. Every operation that takes a body is entered here. */
const BODIES: Readonly<Record<string, (things: Things) => object>> = {
  "POST /authorize": question,
  "POST /authorize/batch": (things) => ({
    items: [question(things), { ...question(things), principal: things.user }],
  }),
  "POST /approvals/{id}/approve": () => ({}),
  "POST /approvals/{id}/deny": () => ({}),
  "POST /approvals/{id}/review": () => ({}),
  "POST /approvals/{id}/delegate": ({ user }) => ({ to: user }),
  "POST /access-requests": ({ server, tool }) => ({
    for: "1h",
    reason: "x",
    servers: [server],
    tools: [tool],
    rule: "no-such-rule",
  }),
  "POST /validate": () => ({ policy: { rules: [] } }),
  "POST /users": () => ({ id: "new-one" }),
  "PATCH /users/{id}": () => ({ roles: ["viewer"] }),
  "POST /service-accounts": () => ({ id: "new-one" }),
  "PATCH /service-accounts/{id}": () => ({ roles: ["viewer"] }),
  "POST /keys": () => ({ principal: "new-one" }),
  "POST /keys/{id}/rotate": () => ({}),
  "POST /tenants": ({ tenant }) => ({ id: tenant }),
  "POST /who-can": ({ server, tool }) => ({ server, tool }),
  "POST /what-can": ({ user, server }) => ({ principal: user, server }),
};
/** Operations whose body names nothing of anybody, so that they may succeed. */
const OWN: ReadonlySet<string> = new Set(["POST /validate"]);

/** One question about things that are not the asker's. */
export interface Probe {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly body?: object;
  /** It names something of theirs, so it is answered as what names what nobody has. */
  readonly names: boolean;
  /** It asks for that itself, so it must not succeed. */
  readonly asks: boolean;
}

const ROOT = "/governance/v1";

/** Every way to ask an operation about things: by what its path, its query and its body name. */
export function probesOf(
  { method, path, parameters, takesBody }: Operation,
  things: Things,
): readonly Probe[] {
  const own = path.slice(ROOT.length);
  const said = `${method} ${own}`;
  const inPath = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name = ""]) => name);
  const filled = path.replaceAll(/\{([^}]+)\}/g, (_, name: string) => {
    const value = IN_PATH[name];
    if (value === undefined)
      throw new Error(`What is {${name}} of ${path}? Say it in test/tenants/matrix.ts.`);
    return encodeURIComponent(value(things, path)).replaceAll("%2F", "/");
  });
  const body = BODIES[said]?.(things);
  if (takesBody && body === undefined)
    throw new Error(`What is sent to ${said}? Say it in test/tenants/matrix.ts.`);
  const query = parameters.filter((name) => Object.hasOwn(IN_QUERY, name) && !inPath.includes(name));
  const required = query.filter((name) => REQUIRED.has(name) && !inPath.includes(name));
  const ways = [
    required,
    ...query.filter((name) => !required.includes(name)).map((name) => [...required, name]),
  ];
  const pathNames = inPath.some((name) => name !== "code");
  return ways.map((way) => {
    const search = way
      .map((name) => `${name}=${encodeURIComponent(IN_QUERY[name]?.(things) ?? "")}`)
      .join("&");
    const bodyNames =
      takesBody && way.every((name) => FILTERS.has(name)) && BODIES[said]?.length === 1 && !OWN.has(said);
    return {
      name: `${said} ${way.join(" ")}`,
      method,
      path: `${filled}${search === "" ? "" : `?${search}`}`,
      ...(body !== undefined && { body }),
      asks: pathNames || way.some((name) => !FILTERS.has(name)),
      names: pathNames || bodyNames || way.some((name) => !FILTERS.has(name)),
    };
  });
}

/** Fields of an answer that may tell something. */
const FIELDS = [
  "content-type",
  "www-authenticate",
  "location",
  "etag",
  "cache-control",
  "allow",
  "retry-after",
];
/** Ids that are made for each answer. */
const MADE =
  /(?:call|dec|apr|act|req)_[0-9a-z]{26}|urn:portcullis:request:[^"]+|"request_id":"[^"]+"|\d{4}-\d\d-\d\dT[0-9:.]+Z/g;

const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** An answer without what differs in any case: the names that were asked about, and what is made anew each time. */
export function plain({ status, headers, body }: Answer, things: Things): string {
  let text = JSON.stringify([status, body, FIELDS.map((name) => headers.get(name))]);
  for (const [what, value] of Object.entries(things).toSorted(
    ([, a], [, b]) => String(b).length - String(a).length,
  ))
    text = text.replaceAll(value as string, `<${what}>`);
  return text.replaceAll(MADE, "<made>").replaceAll(UUID, "<made>");
}
