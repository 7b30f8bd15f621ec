import type { Pages } from "../approval/pages.ts";
import type { Config, Listener } from "../config/config.ts";
import { readingOf } from "../config/policy-reading.ts";
import type { Entrance, Identity, TokenEndpoint } from "../identity/identity.ts";
import type { Beside } from "../ingress/beside.ts";
import { DEFAULT_TENANT } from "../tenancy/directory.ts";
import type { pageDoor } from "./page/door.ts";
import type { GovernanceParts } from "./parts.ts";

const PATH = /^\/(?:governance|api)(?:\/|$)/;
const PAGES = /^\/a\//;
const OAUTH = /^\/oauth\/(?:authorize|token|jwks)$/;
const SIGN_IN = /^\/(?:signin(?:\/(?:provider|callback))?|signout)$/;

/** What the pages for signing in and the token endpoint answer; loaded when somebody first comes. */
function signingIn({ log }: GovernanceParts["gate"], door: Config) {
  return {
    pages:
      (entrance: Entrance, at: Listener): Beside =>
      async (request, response, { draining }) => {
        const { signInDoor } = await import("./page/sign-in.ts");
        const answer = signInDoor({ browser: entrance, door, log });
        await answer(request, response, { visit: () => entrance.visit(request, at), draining });
      },
    tokens:
      (endpoint: TokenEndpoint): Beside =>
      async (...request) => {
        const { tokenDoor } = await import("./token-door.ts");
        await tokenDoor({ tokens: endpoint, door, log })(...request);
      },
  };
}

/** What answers a path that is no MCP. The API is loaded when somebody first asks it, on the listeners of all servers only. */
export function openBeside(
  {
    gate,
    store,
    pages,
    tenancy,
    evidence,
    identity: { browser, tokens },
  }: Pick<GovernanceParts, "gate" | "store" | "tenancy" | "evidence"> & {
    readonly pages: Pages;
    readonly identity: Pick<Identity, "browser" | "tokens">;
  },
  config: Config,
): (path: string, at: Listener) => Beside | undefined {
  let loaded: Promise<Beside> | undefined;
  const load = async (): Promise<Beside> => {
    const { governanceDoor } = await import("./door.ts");
    const isTenant = (tenant: string): boolean => tenancy?.has(tenant) ?? tenant === DEFAULT_TENANT;
    const implies = config.auth.mode === "required" ? config.auth.implies : {};
    const reading = readingOf(config);
    return governanceDoor({
      gate,
      store,
      tenancy,
      ...(evidence && { evidence }),
      door: config,
      isTenant,
      implies,
      reading,
    });
  };
  let shown: Promise<ReturnType<typeof pageDoor>> | undefined;
  const show = async (): Promise<ReturnType<typeof pageDoor>> => {
    const { pageDoor: open } = await import("./page/door.ts");
    const { desk, now, log } = gate;
    return open({
      desk,
      links: pages.links,
      door: config,
      now,
      log,
      authenticated: config.auth.mode !== "none",
      signs_in: browser !== undefined,
    });
  };
  const governance: Beside = async (...request) => (await (loaded ??= load()))(...request);
  const questions =
    (at: Listener): Beside =>
    async (request, response, arrival) => {
      const form = browser && {
        token: () => browser.form(browser.visit(request, at)).token,
        isForm: (token: string | null) => browser.isForm(browser.visit(request, at), token),
      };
      await (await (shown ??= show()))(request, response, { ...arrival, ...(form && { form }) });
    };
  const signing = signingIn(gate, config);
  return (path, at) => {
    if (at.server !== undefined) return undefined;
    if (tokens !== undefined && OAUTH.test(path)) return signing.tokens(tokens);
    if (PAGES.test(path)) return questions(at);
    if (browser !== undefined && SIGN_IN.test(path)) return signing.pages(browser, at);
    return PATH.test(path) ? governance : undefined;
  };
}
