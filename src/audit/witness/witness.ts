import type { KeyObject } from "node:crypto";
import { parseCheckpoint } from "../note/checkpoint.ts";
import { signatureLine, signText, type Verifier, vouched } from "../note/note.ts";
import { HASH_BYTES } from "../tree/hash.ts";
import { isConsistent } from "../tree/check.ts";
import type { Memory } from "./state.ts";

/** What a witness answers: a status and a text (https://c2sp.org/tlog-witness). */
interface Answer {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422;
  readonly type: "text/plain; charset=utf-8" | "text/x.tlog.size";
  readonly text: string;
}

export interface Witness {
  /** Answers the body of one `POST /add-checkpoint`. Rejects where it cannot remember; then nothing is signed. */
  readonly add: (body: string) => Promise<Answer>;
}

interface Parts {
  readonly name: string;
  readonly key: KeyObject;
  /** The logs that it signs for, by their keys; a key's name is its log's origin. */
  readonly logs: readonly Verifier[];
  readonly memory: Memory;
  readonly now: () => number;
}

const MAX_PROOF = 63;

function said(status: Answer["status"], text: string): Answer {
  return { status, type: "text/plain; charset=utf-8", text: `${text}\n` };
}

interface Request {
  readonly old: number;
  readonly proof: readonly Uint8Array[];
  readonly note: string;
}

function parseRequest(body: string): Request | undefined {
  const end = body.indexOf("\n\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = body.slice(0, end).split("\n");
  const old = /^old (0|[1-9]\d{0,14})$/.exec(first)?.[1];
  const proof = lines.map((line) => Buffer.from(line, "base64"));
  const plain = proof.every(
    (hash, at) => hash.length === HASH_BYTES && hash.toString("base64") === lines[at],
  );
  if (old === undefined || !plain || proof.length > MAX_PROOF) return undefined;
  return { old: Number(old), proof, note: body.slice(end + 2) };
}

/** Signs checkpoints of logs that it knows, where each begins with the one before; never two that contradict each other. */
export function witness({ name, key, logs, memory, now }: Parts): Witness {
  async function judge(body: string): Promise<Answer> {
    const request = parseRequest(body);
    const parsed = request === undefined ? undefined : parseCheckpoint(request.note);
    if (request === undefined || parsed === undefined) return said(400, "this is no request of tlog-witness");
    const { note, checkpoint } = parsed;
    const { origin, size, root } = checkpoint;
    const known = logs.filter((log) => log.name === origin);
    if (known.length === 0) return said(404, "this log is not known here");
    if (!known.some((log) => vouched(note, log)))
      return said(403, "it is not signed by a key that is known here");
    const { old, proof } = request;
    if (old > size) return said(400, "a log does not become smaller");
    const seen = memory.seen(origin) ?? { size: 0, root: "" };
    if (old !== seen.size) return { status: 409, type: "text/x.tlog.size", text: `${seen.size}\n` };
    const text = Buffer.from(root).toString("base64");
    if (old === size && old > 0 && seen.root !== text)
      return { status: 409, type: "text/x.tlog.size", text: `${seen.size}\n` };
    if (!isConsistent(old, Buffer.from(seen.root, "base64"), size, root, proof))
      return said(422, "it does not begin with what was signed before");
    if (old < size) await memory.remember(origin, { size, root: text });
    return said(200, signatureLine(signText(name, key, note.text, "cosignature/v1", now())));
  }

  let last: Promise<unknown> = Promise.resolve();
  return {
    // One at a time: between what it has seen and what it signs nothing may come.
    add(body) {
      const answered = last.then(() => judge(body));
      last = answered.catch(() => {});
      return answered;
    },
  };
}
