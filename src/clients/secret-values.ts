const NAME = /token|secret|passw|key|auth|credential|cookie|session|private|pat$|dsn|connection/i;
/** How well-known services begin their credentials. */
const KNOWN =
  /^(?:sk-|gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|AKIA|ASIA|AIza|eyJ|ya29\.|npm_|pypi-|hf_|Bearer |Basic )/;
const WITH_PASSWORD = /:\/\/[^/\s@]*:[^/\s@]+@/;
const IN_QUERY = /[?&][^=&]*(?:token|key|secret|auth|sig|passw)[^=&]*=/i;
/** Long, without a space or a path's slash, and mixed: nobody names a thing like this. */
const RANDOM = /^(?=.*\d)(?=.*[A-Za-z])[A-Za-z0-9+/_=.-]{20,}$/;

/** Whether a value may be a secret, judged by what it is called and how it looks. Where in doubt, it may. */
export function maySecret(name: string, written: string): boolean {
  const value = written.replaceAll(/\$\{[^}]*\}/g, "");
  // `Bearer ${TOKEN}`: what is left of it gives nothing away.
  if (value !== written && /^\W*(?:Bearer|Basic|token)?\W*$/i.test(value)) return false;
  if (NAME.test(name) && value !== "" && !/^(?:true|false|\d{1,4})$/i.test(value)) return true;
  return (
    KNOWN.test(value) ||
    WITH_PASSWORD.test(value) ||
    IN_QUERY.test(value) ||
    (RANDOM.test(value) && !/^[./~@]|^https?:/.test(value))
  );
}

const SECRET_NAME = /token|secret|passw|api_?key|(?:^|[_-])(?:key|pat|pwd)$|credential|^authorization$/i;
/** A flag, a number, a path, a reference, an address without a credential in it. */
const PLAIN = /^(?:true|false|yes|no|\d{1,6}|[.~]{0,2}[/\\].*|[A-Za-z]:[/\\].*|\$\w+|https?:\/\/[^?@]*)$/i;
/** What `wrap` puts in the place of a secret that is in the keychain. */
export const IN_KEYCHAIN = "keychain:portcullis/";

/** Whether a value is surely worth a warning: its name says so, or it begins as credentials do. Narrower than `maySecret`. */
export function isSecret(name: string, value: string): boolean {
  if (value.startsWith(IN_KEYCHAIN) || !maySecret(name, value)) return false;
  if (KNOWN.test(value) || WITH_PASSWORD.test(value) || IN_QUERY.test(value)) return true;
  return SECRET_NAME.test(name) && value.length >= 6 && !PLAIN.test(value);
}
