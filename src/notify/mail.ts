import { createTransport } from "nodemailer";
import type { Mail } from "../config/notifications.ts";
import type { Outbound } from "../outbound/outbound.ts";
import type { Letter } from "../store/outbox.ts";
import { failed, later, type Outcome, SENT } from "./outcome.ts";
import { plainText, type Words } from "./words.ts";

const CONNECT_MS = 5000;
const SILENCE_MS = 10_000;

/** What a relay said, as far as it decides whether another try helps; its own words may quote anything. */
function refused(error: unknown): Outcome {
  const { code = "", responseCode } = error as { readonly code?: string; readonly responseCode?: number };
  const why = `the mail relay refuses it (${[code, responseCode].filter(Boolean).join(" ") || "failed"})`;
  // A relay that does not know us may learn to; an address or a message that it does not want stays unwanted.
  const final = code !== "EAUTH" && responseCode !== undefined && responseCode >= 550 && responseCode < 560;
  return final ? { kind: "never", why } : later(why);
}

/**
 * Sends one mail of plain text. The relay's name is looked up here, so that it is reached where the gate may reach, and
 * its certificate is checked against the name.
 */
export async function sendMail(
  { host, port, security, from, login }: Mail,
  to: string,
  letter: Letter,
  words: Words,
  { addressOf }: Pick<Outbound, "addressOf">,
  signal: AbortSignal,
): Promise<Outcome> {
  let address: string;
  try {
    address = await addressOf(host);
  } catch (error) {
    return failed(error);
  }
  const transport = createTransport({
    host: address,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    tls: { servername: host, minVersion: "TLSv1.2" },
    ...(login !== undefined && { auth: { user: login.user, pass: login.password } }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.slice(from.indexOf("@") + 1);
  const stopped = (): void => transport.close();
  signal.addEventListener("abort", stopped);
  try {
    await transport.sendMail({
      from: { name: "Portcullis", address: from },
      to: { name: "", address: to },
      subject: words.title,
      text: `${plainText(words)}\n`,
      // The same on every try, so that a mail that came twice is known for one.
      messageId: `<${letter.id}@${domain}>`,
      date: new Date(letter.at),
      headers: { "auto-submitted": "auto-generated" },
    });
    return SENT;
  } catch (error) {
    return refused(error);
  } finally {
    signal.removeEventListener("abort", stopped);
    transport.close();
  }
}
