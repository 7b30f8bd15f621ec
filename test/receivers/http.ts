import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as it came. */
export interface Got {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A receiver of POST requests on this machine. */
export interface Receiver {
  readonly url: string;
  /** Everything that came, in order. */
  readonly got: readonly Got[];
  /** Resolves once so many have come. */
  readonly received: (count: number) => Promise<readonly Got[]>;
  readonly close: () => Promise<void>;
}

/** Starts a receiver; `answer` says what each request gets, or never, where it gives nothing. */
export async function receiver(
  answer: (got: Got, index: number) => Answer | undefined = () => ({}),
): Promise<Receiver> {
  const got: Got[] = [];
  const waiting = new Set<() => void>();
  const server: Server = createServer((request, response) => {
    void (async () => {
      const body = (await request.toArray()).join("");
      const one: Got = { path: request.url ?? "", headers: request.headers, body };
      got.push(one);
      const said = answer(one, got.length - 1);
      for (const look of waiting) look();
      if (said !== undefined) response.writeHead(said.status ?? 200, said.headers).end(said.body ?? "");
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    got,
    received: (count) =>
      new Promise((resolve) => {
        const look = (): void => {
          if (got.length < count) return;
          waiting.delete(look);
          resolve(got);
        };
        waiting.add(look);
        look();
      }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
