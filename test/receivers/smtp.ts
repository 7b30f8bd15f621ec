import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

interface Mailed {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
  readonly secure: boolean;
  readonly user: string | undefined;
}

export interface Relay {
  readonly port: number;
  readonly mails: readonly Mailed[];
  readonly close: () => Promise<void>;
}

/** A mail relay on this machine. */
export async function relay(options: SMTPServerOptions = {}): Promise<Relay> {
  const mails: Mailed[] = [];
  const server = new SMTPServer({
    authOptional: true,
    onData(stream, { envelope, secure, user }, done) {
      void (async () => {
        const text = (await stream.toArray()).join("");
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        mails.push({ from, to: envelope.rcptTo.map(({ address }) => address), text, secure, user });
        done();
      })();
    },
    ...options,
  });
  server.on("error", () => undefined); // a client that refuses the certificate
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  return {
    port: (server.server.address() as AddressInfo).port,
    mails,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}
