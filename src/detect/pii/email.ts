const LOCAL = /[A-Za-z0-9.!#$%&'*+=?^_`{|}~-]/;
const DOMAIN = /[A-Za-z0-9.-]/;
/** Endings of files and packages, which no domain has. */
const FILE =
  /\.(?:png|jpe?g|gif|svg|webp|css|js|ts|tsx|jsx|mjs|json|md|py|rb|txt|html?|xml|ya?ml|lock|tgz|zip|gz|map|wasm|exe|dll)$/i;

/** Characters on either side of the sign that are read: no address has more (RFC 5321). */
const LOCAL_MOST = 64;
const DOMAIN_MOST = 255;

/** The address around the `@` at a place; undefined where it is none: a package's version, a handle, a remote, a password in a URL. */
export function emailAround(text: string, sign: number): readonly [from: number, until: number] | undefined {
  let until = sign + 1;
  while (until < text.length && until - sign < DOMAIN_MOST && DOMAIN.test(text.charAt(until))) until += 1;
  while (until > sign && !/[A-Za-z0-9]/.test(text.charAt(until - 1))) until -= 1;
  const domain = text.slice(sign + 1, until);
  if (!domain.includes(".") || !/^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.)+[A-Za-z]{2,24}$/.test(domain))
    return undefined;
  let from = sign;
  while (from > 0 && sign - from < LOCAL_MOST && LOCAL.test(text.charAt(from - 1))) from -= 1;
  while (from < sign && !/[A-Za-z0-9_]/.test(text.charAt(from))) from += 1;
  if (from === sign) return undefined;
  if (FILE.test(domain) || text.charAt(from - 1) === "/" || text.charAt(from - 1) === ":") {
    const mailto = text.slice(Math.max(0, from - 7), from).toLowerCase() === "mailto:";
    if (!mailto && (FILE.test(domain) || /:\/\/[^\s@]*$/.test(text.slice(Math.max(0, from - 80), from))))
      return undefined;
  }
  const remote = text.charAt(until) === ":" && /^(?:git|hg|svn)$/.test(text.slice(from, sign));
  return remote ? undefined : [from, until];
}
