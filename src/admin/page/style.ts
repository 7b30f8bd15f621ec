import { createHash } from "node:crypto";

/** The only style of the pages: no font, image or file from anywhere. Readable on a phone first. */
export const STYLE = `
:root { color-scheme: light dark; --paper: #fff; --ink: #1b1b1b; --soft: #f4f4f4; --line: #999; --yes: #1a6b3c; --no: #a12b2b; }
@media (prefers-color-scheme: dark) { :root { --paper: #141414; --ink: #f0f0f0; --soft: #222; --line: #777; } }
* { box-sizing: border-box; }
body { background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 44rem; overflow-wrap: anywhere; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: .25rem 0 .75rem; }
h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p { margin: .5rem 0; }
.state { display: inline-block; padding: .1rem .6rem; border: 1px solid var(--line); border-radius: 1rem; font-size: .875rem; }
.state.approved, .state.used { border-color: var(--yes); } .state.denied, .state.void, .state.expired { border-color: var(--no); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 1rem 0; }
dt { font-weight: 600; } dd { margin: 0; }
pre { font: .875rem/1.45 ui-monospace, monospace; background: var(--soft); border: 1px solid var(--line); border-radius: .5rem;
  padding: .75rem; margin: .5rem 0; white-space: pre-wrap; max-height: 60vh; overflow: auto; }
ul { padding-left: 1.2rem; margin: .5rem 0; }
label { display: block; font-weight: 600; margin: .75rem 0 .25rem; }
select, textarea, input[type=text], input[type=password] { font: inherit; width: 100%; padding: .6rem; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--paper); color: var(--ink); }
.buttons { display: flex; gap: .75rem; margin: 1rem 0; }
button { font: inherit; font-weight: 600; flex: 1; min-height: 3rem; border: 0; border-radius: .5rem; color: #fff; cursor: pointer; }
button.yes { background: var(--yes); } button.no { background: var(--no); }
.buttons a { flex: 1; min-height: 3rem; padding: .75rem; border-radius: .5rem; color: #fff; font-weight: 600; text-align: center; text-decoration: none; }
.yes { background: var(--yes); }
button:focus-visible, input:focus-visible, select:focus-visible, textarea:focus-visible, summary:focus-visible, a:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
summary { cursor: pointer; padding: .5rem 0; font-weight: 600; }
.note { border-left: 4px solid var(--line); padding-left: .75rem; }
.wrong { border-left: 4px solid var(--no); padding-left: .75rem; font-weight: 600; }
`;

/** What a page may do: show this style, and send its form to where it came from. */
export const PAGE_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`,
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");
