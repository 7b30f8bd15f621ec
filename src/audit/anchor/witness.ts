import type { Outbound } from "../../outbound/outbound.ts";
import { loadOf } from "../log/sign.ts";
import { parseCheckpoint } from "../note/checkpoint.ts";
import { parseNote, type Verifier, vouched, signatureLine } from "../note/note.ts";
import { consistencyProof } from "../tree/prove.ts";
import { type Anchor, NotTaken, type Showing } from "./anchor.ts";

/** The body of `POST /add-checkpoint` (https://c2sp.org/tlog-witness). */
async function requestBody({ log, signed: { tenant, size, note } }: Showing, old: number): Promise<string> {
  const proof = await consistencyProof(old, size, loadOf(log, tenant));
  return [`old ${old}`, ...proof.map((hash) => Buffer.from(hash).toString("base64")), "", note].join("\n");
}

/** How many records the witness has seen already, where it says so. */
async function sizeSeen(response: Response): Promise<number | undefined> {
  if (response.headers.get("content-type")?.startsWith("text/x.tlog.size") !== true) return undefined;
  const text = (await response.text()).trim();
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

const MEANINGS: Readonly<Record<number, string>> = {
  400: "the witness does not understand the request",
  403: "the witness does not know the log's key",
  404: "the witness does not know this log",
  409: "the witness has seen another checkpoint of this size: the log was forked",
  422: "the witness has seen another history of this log: it was forked",
};

/** Shows checkpoints to a witness, which signs what is consistent with all that it has seen. */
export function witnessAnchor(
  name: string,
  url: string,
  witness: Verifier,
  { fetch }: Pick<Outbound, "fetch">,
): Anchor {
  const address = `${url.replace(/\/$/, "")}/add-checkpoint`;
  const post = async (body: string): Promise<Response> =>
    await fetch(address, { method: "POST", headers: { "content-type": "text/plain; charset=utf-8" }, body });

  return {
    name,
    async show(showing) {
      const { signed } = showing;
      let response = await post(await requestBody(showing, Math.min(showing.before, signed.size)));
      if (response.status === 409) {
        const seen = await sizeSeen(response);
        if (seen !== undefined && seen > signed.size)
          throw new NotTaken(
            `the witness has seen ${seen} records of this log, which has ${signed.size}: it was rolled back`,
          );
        response = await post(await requestBody(showing, seen ?? signed.size));
      }
      if (response.status !== 200)
        throw new NotTaken(MEANINGS[response.status] ?? `the witness answers ${response.status}`);
      const own = parseCheckpoint(signed.note);
      const note = parseNote(`${own?.note.text ?? ""}\n${await response.text()}`);
      const vouches = note === undefined ? undefined : vouched(note, witness);
      const theirs = note?.signatures.find(({ id }) => Buffer.compare(id, witness.id) === 0);
      if (vouches === undefined || vouches === false || theirs === undefined)
        throw new NotTaken("what the witness answers is not signed by its key");
      return [
        {
          size: signed.size,
          witness: witness.name,
          at: vouches.at ?? showing.now,
          line: signatureLine(theirs),
        },
      ];
    },
  };
}
