// A guard over HTTP, in plain Node. Start it with `node http-guard.mjs`, and let the gate ask it:
//   outbound: { allow: [127.0.0.1] }
//   plugins: { rumours: { kind: http, url: "http://127.0.0.1:8093", broken: stop } }
import { createServer } from "node:http";
import { json } from "node:stream/consumers";

const WORDS = /\b(?:merger|layoffs?|acquisition)\b/gi;

/** Words that are not for tools: each is masked, wherever it stands. Places count UTF-16 units, as JavaScript does. */
const find = ({ text }) =>
  [...text.matchAll(WORDS)].map(({ index, 0: word }) => ({
    class: "pii",
    kind: "rumour",
    severity: "high",
    score: 0.9,
    from: index,
    until: index + word.length,
    why: "a word that is not for tools",
  }));

async function answer(request, response) {
  const body = await json(request).catch(() => ({}));
  response.statusCode = Array.isArray(body.texts) ? 200 : 400;
  response.end(JSON.stringify({ findings: body.texts?.map(find) }));
}

const server = createServer((request, response) => void answer(request, response));
server.listen(Number(process.env.PORT ?? 8093), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
