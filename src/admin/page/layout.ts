import { type Html, html } from "./html.ts";
import { STYLE } from "./style.ts";

/** The whole page around its content. */
export function page(title: string, body: Html): string {
  const whole = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex"><title>${title}</title><style>${{ markup: STYLE }}</style></head>
<body><main>${body}</main></body></html>
`;
  return whole.markup;
}

/** A page that says one thing: there is nothing here, or a link is no longer good. */
export function saying(title: string, text: string, more?: Html): string {
  return page(title, html`<h1>${title}</h1><p>${text}</p>${more}`);
}
