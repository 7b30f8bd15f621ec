import type { Pages } from "../approval/pages.ts";
import type { Config, Listener } from "../config/config.ts";
import { readingOf } from "../config/policy-reading.ts";
import type { Entrance, Identity } from "../identity/identity.ts";
import type { Beside } from "../ingress/beside.ts";
import { DEFAULT_TENANT } from "../tenancy/directory.ts";
import type { pageDoor } from "./page/door.ts";
import type { GovernanceParts } from "./parts.ts";

const PATH = /^\/(?:governance|api)(?:\/|$)/;
const PAGES = /^\/a\//;
const SIGN_IN = /^\/(?:signin(?:\/(?:provider|callback))?|signout)$/;

/** What answers a path that is no MCP. The API is loaded when somebody first asks it, on the listeners of all servers only. */
export function openBeside(
  {
    gate,
    store,
    pages,
    tenancy,
    evidence,
    identity: { browser },
  }: Pick<GovernanceParts, "gate" | "store" | "tenancy" | "evidence"> & {
    readonly pages: Pages;
    readonly identity: Pick<Identity, "browser">;
  },
  config: Config,
): (path: string, at: Listener) => Beside | undefined {
  let loaded: Promise<Beside> | undefined;
  const load = async (): Promise<Beside> => {
    const { governanceDoor } = await import("./door.ts");
    const isTenant = (tenant: string): boolean => tenancy?.has(tenant) ?? tenant === DEFAULT_TENANT;
    const implies = config.auth.mode === "required" ? config.auth.implies : {};
    const reading = readingOf(config);
    return governanceDoor({ gate, store, tenancy, ...(evidence && { evidence }), door: config, isTenant, implies, reading });
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
  const signing =
    (entrance: Entrance, at: Listener): Beside =>
    async (request, response, { draining }) => {
      const { signInDoor } = await import("./page/sign-in.ts");
      const door = signInDoor({ browser: entrance, door: config, log: gate.log });
      await door(request, response, { visit: () => entrance.visit(request, at), draining });
    };
  return (path, at) => {
    if (at.server !== undefined) return undefined;
    if (PAGES.test(path)) return questions(at);
    if (browser !== undefined && SIGN_IN.test(path)) return signing(browser, at);
    return PATH.test(path) ? governance : undefined;
  };
}
