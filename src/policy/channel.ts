/** Where somebody can be told, as policies and alerts write it. */
type Channel =
  | { readonly kind: "slack"; readonly channel: string }
  | { readonly kind: "teams"; readonly name: string }
  | { readonly kind: "mail"; readonly address: string }
  | { readonly kind: "webhook"; readonly name: string }
  | { readonly kind: "https"; readonly url: string }
  | { readonly kind: "log" };

const FORMS: readonly (readonly [RegExp, (found: string) => Channel])[] = [
  [/^slack:\/\/#?([^\s/#]{1,80})$/, (channel) => ({ kind: "slack", channel })],
  [/^teams:\/\/([^\s/]{1,80})$/, (name) => ({ kind: "teams", name })],
  [/^webhook:\/\/([^\s/]{1,80})$/, (name) => ({ kind: "webhook", name })],
  [
    /^(?:mailto|smtp):(?:\/\/)?([^\s@/<>,;:"]{1,64}@[^\s@/<>,;:"]{1,253})$/,
    (address) => ({ kind: "mail", address }),
  ],
  [/^(https:\/\/\S{1,2040})$/, (url) => ({ kind: "https", url })],
  [/^(log:)(?:\/\/)?$/, () => ({ kind: "log" })],
];
/** For whoever wrote something else. */
export const CHANNELS =
  "known: slack://CHANNEL, teams://NAME, mailto:ADDRESS, webhook://NAME, https://…, log:";

/** A channel, or undefined where the text names none. */
export function channelOf(text: string): Channel | undefined {
  for (const [form, channel] of FORMS) {
    const found = form.exec(text)?.[1];
    if (found !== undefined) return channel(found);
  }
  return undefined;
}
