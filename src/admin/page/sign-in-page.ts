import type { Principal } from "../../call/principal.ts";
import { type Html, html } from "./html.ts";
import { page, saying } from "./layout.ts";

/** What a page for signing in offers. */
export interface Offered {
  readonly ways: { readonly provider: string | undefined; readonly codes: boolean };
  /** Where to afterwards; one of the gate's own pages. */
  readonly to: string;
  /** What its form must hold. */
  readonly token: string;
  /** What was wrong with what they sent. */
  readonly wrong?: string;
}

const toProvider = (host: string, to: string): Html =>
  html`<p class="buttons"><a class="yes" href="/signin/provider?to=${encodeURIComponent(to)}">Sign in at ${host}</a></p>`;

const withCode = (to: string, token: string): Html => html`<h2>With an API key and a one-time password</h2>
<form method="post" action="/signin" autocomplete="off">
<input type="hidden" name="token" value="${token}">
<input type="hidden" name="to" value="${to}">
<label for="key">API key</label>
<input type="password" id="key" name="key" required maxlength="256" autocomplete="off" spellcheck="false">
<label for="code">One-time password <small>(six digits, from your authenticator)</small></label>
<input type="text" id="code" name="code" required maxlength="6" inputmode="numeric" pattern="[0-9]{6}" autocomplete="one-time-code">
<div class="buttons"><button class="yes">Sign in</button></div>
</form>`;

/** The page on which people choose how to sign in. */
export function signInPage({ ways, to, token, wrong }: Offered): string {
  return page(
    "Sign in",
    html`<h1>Sign in</h1>
${wrong === undefined ? undefined : html`<p class="wrong" role="alert">${wrong}</p>`}
${ways.provider === undefined ? undefined : toProvider(ways.provider, to)}
${ways.codes ? withCode(to, token) : undefined}`,
  );
}

/** Who is signed in, and how they sign out. */
export function signedInPage({ id, tenant, roles, expires = 0 }: Principal, token: string): string {
  const until = new Date(expires).toISOString();
  return page(
    "You are signed in",
    html`<h1>You are signed in</h1>
<dl><dt>As</dt><dd>${id}</dd><dt>Tenant</dt><dd>${tenant}</dd><dt>Roles</dt><dd>${roles.length === 0 ? "none" : roles.join(", ")}</dd>
<dt>Until</dt><dd><time datetime="${until}">${until.slice(0, 16).replace("T", " ")} UTC</time> at the latest</dd></dl>
<form method="post" action="/signout"><input type="hidden" name="token" value="${token}">
<div class="buttons"><button class="no">Sign out</button></div></form>`,
  );
}

/** Whoever signed out may still be signed in at their provider. */
export function signedOutPage(): string {
  return saying(
    "You are signed out",
    "Here, in this browser. At your identity provider you may still be signed in.",
    html`<p><a href="/signin">Sign in again</a></p>`,
  );
}

/** What did not work, and the way to try again. */
export function failedPage(why: string): string {
  return saying("That did not work", why, html`<p><a href="/signin">Sign in</a></p>`);
}
