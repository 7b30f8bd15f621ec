import { createHmac, timingSafeEqual } from "node:crypto";

/** What a form must hold that was shown to whoever has this cookie: another site can read neither. */
export function formToken(cookie: string): string {
  return createHmac("sha256", cookie).update("portcullis form").digest("base64url");
}

/** Whether a form was shown to whoever has this cookie. */
export function isFormToken(token: string | null, cookie: string | undefined): boolean {
  if (token === null || cookie === undefined) return false;
  const [given, wanted] = [Buffer.from(token), Buffer.from(formToken(cookie))];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
