import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderWith, removeFolder, type RunningGate, startGate } from "../gate/running.ts";
import { httpClient, type RawClient } from "./clients.ts";
import { difference, RUNS } from "./conversation.ts";
import { frames, NAME } from "./frames.ts";
import { files } from "./gate.ts";
import { manners, type RawUpstream, rawHttp } from "./upstreams.ts";

const PLAIN = '{"name":"same"}';
/** Both servers offer `same`, so clients know it by two names. */
const SERVERS = ["one", "two"] as const;
const listed: Record<(typeof SERVERS)[number], string> = { one: PLAIN, two: PLAIN };

const named = (text: string, name: string): string => text.replace(NAME, JSON.stringify(name));

let gate: RunningGate;
let upstreams: Readonly<Record<(typeof SERVERS)[number], RawUpstream>>;
beforeAll(async () => {
  upstreams = {
    one: await rawHttp(manners(() => listed.one)),
    two: await rawHttp(manners(() => listed.two)),
  };
  gate = await startGate(folderWith(files(upstreams)));
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  for (const upstream of Object.values(upstreams)) await upstream.close();
  removeFolder(gate.folder);
});

describe.each(["legacy", "modern"] as const)("/mcp with two servers, a client of the %s era", (era) => {
  let client: RawClient;
  beforeAll(async () => {
    client = await httpClient(gate.url, era, false);
  });
  afterAll(() => client.close());
  const { request, answer, aside, item } = frames({
    era,
    breaks: true,
    methods: ["tools/call", "prompts/get"],
    name: NAME,
  });
  const lists = frames({ era, breaks: true, methods: ["tools/list", "prompts/list"] });

  test("a call differs in the name alone; its answer and what comes before it do not", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...SERVERS),
        request,
        fc.array(
          aside.filter(({ id }) => id === ""),
          { maxLength: 2 },
        ),
        answer,
        async (server, asked, asides, answered) => {
          const heard = client.ask(named(asked.text, `${server}_same`), asked.method);
          const got = await upstreams[server].got.take();
          expect(difference(got.bytes, named(asked.text, "same"))).toBeUndefined();
          for (const said of asides) {
            got.aside(said.text);
            expect(difference(await heard.next(), said.text, "event")).toBeUndefined();
          }
          const text = answered(asked.id);
          got.answer(text);
          expect(difference(await heard.next(), text, asides.length > 0 ? "event" : "none")).toBeUndefined();
        },
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  test("a list holds the items as each server wrote them, but for the name", async () => {
    await fc.assert(
      fc.asyncProperty(lists.request, item, item, async (asked, first, second) => {
        [listed.one, listed.two] = [named(first, "same"), named(second, "same")];
        const bytes = await client.ask(asked.text, asked.method).next();
        const said = bytes.toString();
        const all = `[${named(first, "one_same")},${named(second, "two_same")}]`;
        const from = said.indexOf("[", said.indexOf('"result":{'));
        expect(difference(Buffer.from(said.slice(from, from + all.length)), all)).toBeUndefined();
        // An id of -0 is answered under 0, which is the same number.
        expect((JSON.parse(said) as { id: unknown }).id === JSON.parse(asked.id)).toBe(true);
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
    [listed.one, listed.two] = [PLAIN, PLAIN];
  });

  if (era === "modern") return;

  /** A call to each server, both under way at once. */
  const callBoth = () =>
    Promise.all(
      SERVERS.map(async (server) => {
        const params = `{"name":"${server}_same"}`;
        const heard = client.ask(
          `{"jsonrpc":"2.0","id":"${server}","method":"tools/call","params":${params}}`,
          "tools/call",
        );
        return { server, heard, got: await upstreams[server].got.take() };
      }),
    );

  test("two servers ask under one id: each gets the response to its own", async () => {
    const questions = aside.filter(({ id }) => id !== "");
    await fc.assert(
      fc.asyncProperty(questions, answer, async (question, responded) => {
        const both = await callBoth();
        const given: string[] = [];
        for (const { got, heard } of both) {
          got.aside(question.text);
          const shown = (await heard.next()).toString();
          // The first keeps its id, the second has one of the gate's; nothing else of it differs.
          const id = given.length === 0 ? question.id : (/"portcullis:[\w-]+"/.exec(shown)?.[0] ?? "");
          given.push(id);
          const undone = shown.replace(id, () => question.id);
          expect(difference(Buffer.from(undone), question.text, "event")).toBeUndefined();
        }
        for (const [at, { server, got, heard }] of both.entries()) {
          await client.tell(responded(given[at] ?? ""), "");
          const back = at === 0 ? question.id : JSON.stringify(JSON.parse(question.id));
          const { bytes } = await upstreams[server].got.take();
          expect(difference(bytes, responded(back))).toBeUndefined();
          const ended = `{"jsonrpc":"2.0","id":"${server}","result":{}}`;
          got.answer(ended);
          expect(difference(await heard.next(), ended)).toBeUndefined();
        }
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });

  test("what a client says to all, all hear as it was said", async () => {
    const { notice } = frames({ era, breaks: true });
    await fc.assert(
      fc.asyncProperty(notice, async (said) => {
        await client.tell(said.text, said.method);
        for (const server of SERVERS)
          expect(difference((await upstreams[server].got.take()).bytes, said.text)).toBeUndefined();
      }),
      { numRuns: RUNS, endOnFailure: true },
    );
  });
});
