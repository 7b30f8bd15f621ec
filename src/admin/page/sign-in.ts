import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault, FAULTS } from "../../call/fault.ts";
import type { Entrance } from "../../identity/identity.ts";
import type { Visit } from "../../identity/browser/sign-in.ts";
import { checkOrigin, type Door } from "../../ingress/guard.ts";
import type { Log } from "../../telemetry/log.ts";
import { checkForm, formOf, urlOf } from "./form.ts";
import { type Reply, send } from "./reply.ts";
import { failedPage, signedInPage, signedOutPage, signInPage } from "./sign-in-page.ts";
import { saying } from "./layout.ts";

/** What the pages for signing in stand on. */
export interface SignInDoorParts {
  readonly browser: Entrance;
  readonly door: Door;
  readonly log: Pick<Log, "error">;
}

const MOST_BYTES = 8 * 1024;
const HOME = "/signin";
/** The only pages that anybody is sent on to: those of questions, on this gate. */
const QUESTION = /^\/a\/[A-Za-z0-9_-]{1,64}\?k=[A-Za-z0-9._~-]{1,1000}$/;

/** Where somebody goes after signing in: a page of this gate, or that which says who they are. */
export function onward(to: string | null): string {
  return to !== null && QUESTION.test(to) ? to : HOME;
}

const REFUSED = "Key or password is not right, or the password was used before.";

/** What each page answers, by method and path. */
function answers(browser: Entrance): Readonly<Record<string, (visit: Visit) => Promise<Reply>>> {
  async function shown(visit: Visit, to: string, wrong?: string): Promise<Reply> {
    const who = wrong === undefined ? await browser.find(visit) : undefined;
    const { token, cookies } = browser.form(visit);
    if (who !== undefined) return { status: 200, body: signedInPage(who, token), cookies };
    const offered = { ways: browser.ways, to, token, ...(wrong !== undefined && { wrong }) };
    return { status: wrong === undefined ? 200 : 401, body: signInPage(offered), cookies };
  }

  async function withCode(visit: Visit): Promise<Reply> {
    const form = await formOf(visit.request, MOST_BYTES);
    const to = onward(form.get("to"));
    if (!browser.isForm(visit, form.get("token")))
      return await shown(visit, to, "This page was too old. Try again.");
    try {
      const cookies = await browser.attempt(visit, () =>
        browser.withCode(visit, form.get("key")?.trim() ?? "", form.get("code")?.trim() ?? ""),
      );
      return { status: 303, body: saying("Signed in", "You are signed in."), location: to, cookies };
    } catch (error) {
      if (!(error instanceof Fault) || error.code !== "unauthenticated") throw error;
      return await shown(visit, to, REFUSED);
    }
  }

  async function provider(visit: Visit): Promise<Reply> {
    checkForm(visit.request);
    const to = onward(urlOf(visit.request).searchParams.get("to"));
    const { to: location, cookies } = await browser.attempt(visit, () => browser.begin(visit, to));
    return { status: 303, body: saying("Sign in", "Go on at your identity provider."), location, cookies };
  }

  async function callback(visit: Visit): Promise<Reply> {
    const { to, cookies } = await browser.attempt(visit, () => browser.finish(visit));
    return { status: 303, body: saying("Signed in", "You are signed in."), location: onward(to), cookies };
  }

  async function signOut(visit: Visit): Promise<Reply> {
    const form = await formOf(visit.request, MOST_BYTES);
    if (!browser.isForm(visit, form.get("token")))
      throw new Fault("bad-origin", "This page was too old. Try again.");
    return { status: 200, body: signedOutPage(), cookies: await browser.end(visit) };
  }

  return {
    "GET /signin": async (visit) => await shown(visit, onward(urlOf(visit.request).searchParams.get("to"))),
    "POST /signin": withCode,
    "GET /signin/provider": provider,
    "GET /signin/callback": callback,
    "POST /signout": signOut,
  };
}

/** The pages for signing in and out: `/signin`, `/signin/provider`, `/signin/callback`, `/signout`. Never rejects. */
export function signInDoor({ browser, door, log }: SignInDoorParts) {
  const pages = answers(browser);
  async function answer(request: IncomingMessage, visit: () => Visit, draining: boolean): Promise<Reply> {
    checkOrigin(request, door);
    if (draining) throw new Fault("shutting-down", "This gate is shutting down.");
    if (request.method === "POST") checkForm(request);
    const found = pages[`${request.method ?? ""} ${urlOf(request).pathname}`];
    if (found === undefined) throw new Fault("wrong-http-method", "There is nothing here.");
    return await found(visit());
  }

  return async (
    request: IncomingMessage,
    response: ServerResponse,
    { visit, draining }: { readonly visit: () => Visit; readonly draining: boolean },
  ): Promise<void> => {
    try {
      send(response, await answer(request, visit, draining));
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault("internal", "Something failed here.");
      if (fault.code === "internal") log.error({ err: error }, "a page for signing in could not be shown");
      const { http } = FAULTS[fault.code];
      send(response, {
        status: http === 200 ? 500 : http,
        body: failedPage(fault.message),
        fields: fault.fields,
      });
    }
  };
}
