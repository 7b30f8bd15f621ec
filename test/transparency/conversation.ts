import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import type { RawClient } from "./clients.ts";
import { frames, MODERN_META, type Said, type Shape, TASK } from "./frames.ts";
import type { RawUpstream } from "./upstreams.ts";

/** How many messages of each sort; `make fuzz` tries more of them. */
export const RUNS = process.env["PROPERTY_SEED"] === undefined ? 100 : 400;

/** Both ends of a gate. */
export interface Ends {
  readonly client: RawClient;
  readonly upstream: RawUpstream;
}

/** Where line breaks between tokens (JSON has none inside) may not stay what they are, and what becomes of them. */
export type Levels = "none" | "pipe" | "event";
const LEVELS: Readonly<Record<Levels, (text: string) => string>> = {
  none: (text) => text,
  /** One message a line, so each becomes a space. */
  pipe: (text) => text.replace(/[\r\n]/g, " "),
  /** To the reader of an event all sorts of line ends are one. */
  event: (text) => text.replace(/\r\n|\r/g, "\n"),
};

/** Where what came parts from what was said, with what stands around it; undefined where nothing does. */
export function difference(got: Buffer, said: string, levels: Levels = "none"): string | undefined {
  const have = got.toString();
  const want = LEVELS[levels](said);
  if (have === want) return undefined;
  let at = 0;
  while (have[at] === want[at]) at += 1;
  const near = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 40), at + 120));
  return `at ${at}: ${near(have)} instead of ${near(want)}`;
}

export interface Way extends Shape {
  /** Whether the server speaks on a pipe. */
  readonly piped: boolean;
}

/** Everything that either side may say gets to the other as it was said. */
export function saysTheSame(ends: () => Ends, way: Way): void {
  const { request, notice, answer: response } = frames(way);
  const { answer, aside } = frames({ ...way, breaks: !way.piped });

  // Who asks about a task of its own is passed on to the byte, as everything else is.
  beforeAll(async () => {
    const { client, upstream } = ends();
    const meta = way.era === "modern" ? `,"_meta":{${MODERN_META}}` : "";
    const begins = `{"jsonrpc":"2.0","id":"begins","method":"tools/call","params":{"name":"tool","arguments":{}${meta}}}`;
    const heard = client.ask(begins, "tools/call");
    const begun = `{"jsonrpc":"2.0","id":"begins","result":{"resultType":"task","taskId":"${TASK}","task":{"taskId":"${TASK}"}}}`;
    (await upstream.got.take()).answer(begun);
    expect(difference(await heard.next(), begun)).toBeUndefined();
  });

  test("requests and their answers", async () => {
    await fc.assert(
      fc.asyncProperty(request, answer, async (asked, answered) => {
        const { client, upstream } = ends();
        const heard = client.ask(asked.text, asked.method);
        const got = await upstream.got.take();
        expect(difference(got.bytes, asked.text, way.piped ? "pipe" : "none")).toBeUndefined();
        const text = answered(asked.id);
        got.answer(text);
        expect(difference(await heard.next(), text)).toBeUndefined();
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  test("what a server says and asks before it answers, and what its client responds", async () => {
    await fc.assert(
      fc.asyncProperty(
        request,
        fc.array(fc.tuple(aside, response), { minLength: 1, maxLength: 3 }),
        answer,
        async (asked, asides, answered) => {
          const { client, upstream } = ends();
          const heard = client.ask(asked.text, asked.method);
          const got = await upstream.got.take();
          for (const [said, responded] of asides) {
            got.aside(said.text);
            expect(difference(await heard.next(), said.text, "event")).toBeUndefined();
            if (said.id !== "") await respond(client, upstream, said, responded, way);
          }
          const text = answered(asked.id);
          got.answer(text);
          expect(difference(await heard.next(), text, "event")).toBeUndefined();
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  test("notifications of the client", async () => {
    await fc.assert(
      fc.asyncProperty(notice, async (said) => {
        const { client, upstream } = ends();
        await client.tell(said.text, said.method);
        expect(
          difference((await upstream.got.take()).bytes, said.text, way.piped ? "pipe" : "none"),
        ).toBeUndefined();
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  if (way.era === "modern") return;
  test.each(["tools/call", "tools/list", "acme/launch"])("taking back a %s", async (method) => {
    const { client, upstream } = ends();
    const heard = client.ask(
      `{"jsonrpc":"2.0","id":"slow","method":"${method}","params":{"name":"slow"}}`,
      method,
    );
    const got = await upstream.got.take();
    const taken =
      '{"method" :"notifications/cancelled","params":{"x":1.0,"requestId":"sl\\u006fw"},"jsonrpc":"2.0"}';
    await client.tell(taken, "");
    expect(difference((await upstream.got.take()).bytes, taken)).toBeUndefined();
    const late = '{"jsonrpc":"2.0","id":"slow","result":{"late":1e400}}';
    got.answer(late);
    expect(difference(await heard.next(), late)).toBeUndefined();
  });

  test("what belongs to no request", async () => {
    await ends().upstream.heard();
    await fc.assert(
      fc.asyncProperty(aside, response, async (said, responded) => {
        const { client, upstream } = ends();
        upstream.say(said.text);
        expect(difference(await client.stray.next(), said.text, "event")).toBeUndefined();
        if (said.id !== "") await respond(client, upstream, said, responded, way);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
}

async function respond(
  client: RawClient,
  upstream: RawUpstream,
  asked: Said,
  responded: (id: string) => string,
  way: Way,
): Promise<void> {
  const text = responded(asked.id);
  await client.tell(text, "");
  expect(difference((await upstream.got.take()).bytes, text, way.piped ? "pipe" : "none")).toBeUndefined();
}
