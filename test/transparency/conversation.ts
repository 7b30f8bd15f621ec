import fc from "fast-check";
import { expect, test } from "vitest";
import type { RawClient } from "./clients.ts";
import { frames, type Said, type Shape } from "./frames.ts";
import type { RawUpstream } from "./upstreams.ts";

const RUNS = 200;

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

/** Says where two texts part, because the whole of them may be long. */
export function same(got: Buffer, sent: string, levels: Levels): void {
  const have = got.toString();
  const want = LEVELS[levels](sent);
  let at = 0;
  while (at < want.length && have[at] === want[at]) at += 1;
  const near = (text: string): string => text.slice(Math.max(0, at - 40), at + 160);
  if (have !== want) expect(near(have), `byte for byte, at ${at}`).toBe(near(want));
  expect(have.length).toBe(want.length);
}

export interface Way extends Shape {
  /** Whether the server speaks on a pipe. */
  readonly piped: boolean;
}

/** Everything that either side may say gets to the other as it was said. */
export function saysTheSame(ends: () => Ends, way: Way): void {
  const { request, notice, answer: response } = frames(way);
  const { answer, aside } = frames({ ...way, breaks: !way.piped });

  test("requests and their answers", async () => {
    await fc.assert(
      fc.asyncProperty(request, answer, async (asked, answered) => {
        const { client, upstream } = ends();
        const heard = client.ask(asked.text, asked.method);
        const got = await upstream.got.take();
        same(got.bytes, asked.text, way.piped ? "pipe" : "none");
        const text = answered(asked.id);
        got.answer(text);
        same(await heard.next(), text, "none");
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
            same(await heard.next(), said.text, "event");
            if (said.id !== "") await respond(client, upstream, said, responded, way);
          }
          const text = answered(asked.id);
          got.answer(text);
          same(await heard.next(), text, "event");
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
        same((await upstream.got.take()).bytes, said.text, way.piped ? "pipe" : "none");
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  if (way.era === "modern") return;
  test("what belongs to no request", async () => {
    await ends().upstream.heard();
    await fc.assert(
      fc.asyncProperty(aside, response, async (said, responded) => {
        const { client, upstream } = ends();
        upstream.say(said.text);
        same(await client.stray.next(), said.text, "event");
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
  same((await upstream.got.take()).bytes, text, way.piped ? "pipe" : "none");
}
