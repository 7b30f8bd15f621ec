import { differences } from "../../approval/difference.ts";
import { previewOf, shownJson, shownText } from "../../approval/preview.ts";
import { standingOf } from "../../approval/state.ts";
import { spanText } from "../../document/duration.ts";
import { missing, type Vote, votesIn } from "../../approval/vote.ts";
import { DEED_WORDS, STATE_WORDS } from "../../approval/words.ts";
import type { Instant } from "../../call/id.ts";
import type { Act, Actor, Approval, Question, Shown, Sought } from "../../store/approvals.ts";
import { type Html, html } from "./html.ts";
import { page } from "./layout.ts";

/** Who looks at a page, and what for. */
export interface Viewer {
  /** Who they are; undefined where the gate has no authentication, and they say it themselves. */
  readonly name: string | undefined;
  readonly may_decide: boolean;
  /** The signature of the link they came by. */
  readonly signature: string;
  /** What their forms must hold; undefined where they did not sign in with this browser. */
  readonly token?: string | undefined;
}

/** What a page shows beside the question itself. */
export interface Around {
  readonly now: Instant;
  /** Earlier questions of the same principal about the same target, newest first. */
  readonly history: readonly Approval[];
  /** What was wrong with what they sent, and what that was, so that nobody has to write it again. */
  readonly wrong?: { readonly why: string; readonly typed: Readonly<Record<string, string>> };
}

function time(at: Instant): Html {
  const text = new Date(at).toISOString();
  return html`<time datetime="${text}">${text.slice(0, 16).replace("T", " ")} UTC</time>`;
}

function callFacts({ server, target, target_kind, method }: Shown): Html {
  const kind = target_kind === "none" ? "Method" : `${target_kind[0]?.toUpperCase()}${target_kind.slice(1)}`;
  return html`<dt>Server</dt><dd>${shownText(server)}</dd><dt>${kind}</dt><dd>${shownText(target === "" ? method : target)}</dd>`;
}

function soughtFacts({ for_ms, reason, servers, tools, resources, operations }: Sought): Html {
  const parts = { Servers: servers, Tools: tools, Resources: resources, Methods: operations };
  const scope = Object.entries(parts).flatMap(([part, names]) =>
    names === undefined ? [] : [html`<dt>${part}</dt><dd>${shownText(names.join(", "))}</dd>`],
  );
  return html`<dt>For</dt><dd>${spanText(for_ms)}</dd><dt>Because</dt><dd>${shownText(reason)}</dd>${scope}`;
}

/** The heading of a page. */
function headingOf({ principal, shown, sought }: Question): string {
  const what = shownText(`${shown.server}: ${shown.target === "" ? shown.method : shown.target}`);
  const who = shownText(principal);
  if (sought === undefined) return `Allow ${what}?`;
  return sought.kind === "access" ? `Give ${who} access to ${what}?` : `${who} took access to ${what}`;
}

function facts({ question }: Approval): Html {
  const { shown, sought, asks, principal, asked_by, expires } = question;
  const put = asked_by === undefined ? undefined : html` <small>put by ${shownText(asked_by)}</small>`;
  const rules = asks.map(
    ({ rule, why, quorum, approvers }) =>
      html`<li>${why} <small>(rule ${rule}: ${quorum} of ${approvers.join(", ")})</small></li>`,
  );
  return html`<dl>
<dt>Who</dt><dd>${shownText(principal)}${put}${shown.client === "" ? undefined : html` <small>with ${shownText(shown.client)}</small>`}</dd>
${sought === undefined ? callFacts(shown) : soughtFacts(sought)}
<dt>Decide until</dt><dd>${time(expires)}</dd>
</dl>
<h2>Why it is asked</h2><ul>${rules}</ul>`;
}

function sameAsLast({ question }: Approval, { history, now }: Around): Html {
  const last = history.find((each) => standingOf(each, now).state === "used");
  if (last === undefined) return html`<p class="note">It has not run before with approval.</p>`;
  const lines = differences(last.question.shown.args, question.shown.args).map(
    (line) => html`<li><code>${line}</code></li>`,
  );
  return html`<details open><summary>Since the last time, ${time(last.question.at)}</summary><ul>${lines}</ul></details>`;
}

const keyWords = ({ made_by: [maker] = [] }: Pick<Actor, "made_by">): string =>
  maker === undefined
    ? ""
    : ` (with a key from ${maker.id === "" ? "nobody knows whom" : shownText(maker.id)})`;

function told(acts: readonly Act[]): Html | undefined {
  if (acts.length === 0) return undefined;
  const lines = acts.map(({ at, by, deed, reason }) => {
    const to = deed.kind === "delegate" ? ` to ${shownText(deed.to)}` : "";
    const how = by.source === "asserted" ? " (by their own word)" : keyWords(by);
    return html`<li>${time(at)}: ${shownText(by.id)}${how} ${DEED_WORDS[deed.kind]}${to}${reason === "" ? "" : ` — ${shownText(reason)}`}</li>`;
  });
  return html`<h2>What happened</h2><ul>${lines}</ul>`;
}

function past({ history, now }: Around): Html | undefined {
  if (history.length === 0) return undefined;
  const lines = history.map(
    (each) => html`<li>${time(each.question.at)}: ${STATE_WORDS[standingOf(each, now).state]}</li>`,
  );
  return html`<details><summary>Earlier questions about it (${history.length})</summary><ul>${lines}</ul></details>`;
}

/** Names that the rules list; roles are nobody's name. */
export function namesOf({ question }: Approval): readonly string[] {
  const names = question.asks.flatMap(({ approvers }) =>
    approvers.filter((each) => !each.startsWith("role:")),
  );
  return [...new Set(names)];
}

const BUTTONS = [
  { vote: "approve", says: "Approve", looks: "yes" },
  { vote: "review", says: "I have reviewed it", looks: "yes" },
  { vote: "deny", says: "Deny", looks: "no" },
] as const;

function whoDecides(approval: Approval, { name, token }: Viewer): Html {
  const out = token === undefined ? undefined : html` <a href="/signin">Sign out</a>`;
  if (name !== undefined) return html`<p>You decide as <strong>${name}</strong>.${out}</p>`;
  const options = namesOf(approval).map((each) => html`<option value="${each}">${each}</option>`);
  return html`<p class="note">This gate has no authentication: it takes your word for who you are, and records that it did.</p>
<label for="approver">You are</label>
<select id="approver" name="approver" required><option value="">Choose</option>${options}</select>`;
}

function form(
  approval: Approval,
  viewer: Viewer,
  votes: readonly Vote["kind"][],
  typed: Readonly<Record<string, string>>,
): Html {
  const { question } = approval;
  const change =
    question.shown.whole && votes.includes("approve")
      ? html`<details><summary>Approve it with other arguments</summary>
<p>Who asked is told to call again with exactly these. Leave it as it is to approve what was asked.</p>
<label for="args">Arguments, as JSON</label>
<textarea id="args" name="args" rows="8" spellcheck="false">${typed["args"] ?? shownJson(question.shown.args)}</textarea></details>`
      : undefined;
  const buttons = BUTTONS.filter(({ vote }) => votes.includes(vote)).map(
    ({ vote, says, looks }) =>
      html`<button class="${looks}" name="decision" value="${vote}">${says}</button>`,
  );
  return html`<h2>Your decision</h2>
<form method="post" action="/a/${question.id}" autocomplete="off">
<input type="hidden" name="k" value="${viewer.signature}">
<input type="hidden" name="preview" value="${previewOf(question).digest}">
${viewer.token === undefined ? undefined : html`<input type="hidden" name="token" value="${viewer.token}">`}
${whoDecides(approval, viewer)}
<label for="reason">Reason <small>(kept, and told to who asked)</small></label>
<textarea id="reason" name="reason" rows="2" maxlength="1000">${typed["reason"]}</textarea>
${change}
<div class="buttons">${buttons}</div>
</form>`;
}

/** The page of one question: who asks for what, exactly; how it differs from the last time; and the form to decide. */
export function questionPage(approval: Approval, viewer: Viewer, around: Around): string {
  const { question, acts } = approval;
  const { shown, sought } = question;
  const { state } = standingOf(approval, around.now);
  const more = missing(approval)
    .filter((each) => each.more > 0)
    .map((each) => `${each.more} more for ${each.rule}`);
  const wants =
    state === "pending" && more.length > 0 ? html`<p>It needs ${more.join(", ")}.</p>` : undefined;
  const hidden = shown.whole
    ? undefined
    : html`<p class="note">Parts are hidden, or cut because they are long.</p>`;
  const votes = viewer.may_decide ? votesIn(state, question) : [];
  const decide = votes.length > 0 ? form(approval, viewer, votes, around.wrong?.typed ?? {}) : undefined;
  const args = html`<h2>Arguments</h2>${hidden}<pre tabindex="0" aria-label="Arguments">${shownJson(shown.args)}</pre>`;
  return page(
    headingOf(question),
    html`<h1>${headingOf(question)}</h1>
<p><span class="state ${state}">${STATE_WORDS[state]}</span></p>
${around.wrong === undefined ? undefined : html`<p class="wrong" role="alert">${around.wrong.why}</p>`}
${wants}
${facts(approval)}
${sought === undefined ? args : undefined}
${sameAsLast(approval, around)}
${told(acts)}
${past(around)}
${decide}
<p><small>${question.id} · arguments ${shown.args_digest}</small></p>`,
  );
}

/** What a browser is told that has no credential to show: where to sign in (undefined: nowhere), and how to decide without. */
export function otherWays(id: string, sign_in?: string): string {
  const title = sign_in === undefined ? "Decide with a credential" : "Sign in to decide";
  const words =
    sign_in === undefined
      ? html`<p>This gate asks who you are, and a browser has nothing to show it. Where you have a credential, you can decide:</p>`
      : html`<p>This gate asks who you are.</p><p class="buttons"><a class="yes" href="${sign_in}">Sign in</a></p>
<p>Or decide without a browser:</p>`;
  return page(
    title,
    html`<h1>${title}</h1>
${words}
<h2>From the command line, with an API key</h2>
<pre>export PORTCULLIS_API_KEY_FILE=key.txt
portcullis approvals ${id}
portcullis approve ${id} --reason '…'
portcullis deny ${id} --reason '…'</pre>
<h2>By the API, with an API key or a token</h2>
<pre>GET  /governance/v1/approvals/${id}
POST /governance/v1/approvals/${id}/approve
POST /governance/v1/approvals/${id}/deny</pre>`,
  );
}
