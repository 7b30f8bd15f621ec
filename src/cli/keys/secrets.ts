import { userInfo } from "node:os";
import { actId } from "../../call/id.ts";
import { findConfig, loadRecords } from "../../config/load.ts";
import { gateSecret } from "../../config/secret.ts";
import { SECRET_NAME } from "../../config/upstream-auth-schema.ts";
import { printable } from "../../document/render.ts";
import { sealing } from "../../gateway/ways/sealing.ts";
import { openRecords } from "../../privacy/open.ts";
import { MAX_SECRETS } from "../../store/secrets.ts";
import type { Store } from "../../store/store.ts";
import { configured } from "../configured.ts";
import { Failure } from "../failure.ts";
import { columns, jsonLine, print } from "../out.ts";
import { localTime } from "../records/times.ts";
import { say, tell } from "../say.ts";

type Options = Readonly<Record<string, unknown>>;
type Ours = ReturnType<Store["forTenant"]>;

const BYTES = 64 * 1024;
const [ENTER, RETURN, INTERRUPT, END, BACKSPACE, DELETE] = ["\n", "\r", "\u0003", "\u0004", "\b", "\u007f"];

function tenantOf(options: Options): string {
  const tenant = (options["tenant"] as string | undefined) ?? "default";
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(tenant)) return tenant;
  throw new Failure(2, "--tenant is up to 64 letters, digits, `.`, `_` and `-`");
}

/** Works on a tenant's secrets in the store of a configuration's gates. */
async function withSecrets<T>(options: Options, work: (of: Ours, tenant: string) => Promise<T>): Promise<T> {
  const file = findConfig(options["config"] as string | undefined);
  if (file === undefined)
    throw new Failure(
      2,
      "no gate to keep secrets for: there is no portcullis.yaml here",
      "name a configuration with --config",
    );
  const tenant = tenantOf(options);
  const store = await openRecords(loadRecords({ file }));
  try {
    return await work(store.forTenant(tenant), tenant);
  } finally {
    await store.close();
  }
}

/** What was done, by whom and to which name; never the secret. */
async function onRecord({ acts }: Ours, action: string, name: string): Promise<void> {
  const at = Date.now();
  const [principal, detail] = [userInfo().username, {}];
  await acts.write({
    kind: "act",
    id: actId(at),
    at,
    principal,
    action,
    object: name,
    outcome: "ok",
    detail,
  });
}

/** One line of a terminal that does not show it. */
async function typed(): Promise<string> {
  tell("Paste the secret, then press Enter. It is not shown.");
  process.stdin.setRawMode(true);
  let text = "";
  try {
    for await (const piece of process.stdin.setEncoding("utf8"))
      for (const sign of String(piece)) {
        if (sign === ENTER || sign === RETURN || sign === END) return text;
        if (sign === INTERRUPT) process.kill(process.pid, "SIGINT");
        text = sign === BACKSPACE || sign === DELETE ? text.slice(0, -1) : text + sign;
      }
    return text;
  } finally {
    process.stdin.setRawMode(false);
  }
}

async function piped(): Promise<string> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > BYTES) throw new Failure(2, `a secret has at most ${BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}

/** `portcullis secrets set NAME`: the secret comes on standard input, never as a word of the command. */
export async function set([name = ""]: readonly string[], options: Options): Promise<number> {
  if (!SECRET_NAME.test(name))
    throw new Failure(2, "a secret's name is up to 64 letters, digits, `.`, `_` and `-`");
  const config = configured(options["config"] as string | undefined);
  const known = gateSecret(config);
  if (known === undefined)
    throw new Failure(
      2,
      "the gates of this store have no `secret:` to seal with",
      "write secret: ${NAME} in portcullis.yaml, the same for all of them",
    );
  const secret = process.stdin.isTTY ? await typed() : await piped();
  if (secret === "")
    throw new Failure(2, "the secret is empty", `printenv NAME | portcullis secrets set ${name}`);
  return await withSecrets(options, async (ours, tenant) => {
    const sealed = sealing(known).seal(tenant, name, secret);
    const put = await ours.secrets.put({ name, sealed, at: Date.now(), by: userInfo().username });
    if (!put) throw new Failure(1, `tenant ${tenant} has ${MAX_SECRETS} secrets already, which is the bound`);
    await onRecord(ours, "secret.set", name);
    if (options["json"] === true) await print(jsonLine({ name, tenant, set: true }));
    else say("ok", `secret ${name} of tenant ${tenant} is kept; gates use it within a second`);
    return 0;
  });
}

/** `portcullis secrets list`: names, never what they stand for. */
export async function list(_: readonly string[], options: Options): Promise<number> {
  return await withSecrets(options, async ({ secrets }, tenant) => {
    const kept = await secrets.list();
    if (options["json"] === true) {
      for (const { name, at, by } of kept)
        await print(jsonLine({ name, tenant, set_at: new Date(at).toISOString(), set_by: by }));
      return 0;
    }
    const now = Date.now();
    for (const line of columns(
      kept.map(({ name, at, by }) => [name, `set ${localTime(at, now)}`, printable(by)]),
    ))
      await print(line);
    if (kept.length === 0) tell(`Tenant ${tenant} has none. portcullis secrets set NAME keeps one.`);
    return 0;
  });
}

/** `portcullis secrets remove NAME`. */
export async function remove([name = ""]: readonly string[], options: Options): Promise<number> {
  return await withSecrets(options, async (ours, tenant) => {
    const removed = await ours.secrets.remove(name);
    if (removed) await onRecord(ours, "secret.removed", name);
    if (options["json"] === true) {
      await print(jsonLine({ name, tenant, removed }));
      return removed ? 0 : 1;
    }
    if (!removed)
      throw new Failure(
        1,
        `tenant ${tenant} has no secret ${printable(name)}`,
        "portcullis secrets list shows them",
      );
    say("ok", `secret ${name} of tenant ${tenant} is gone; within a second no gate uses it`);
    return 0;
  });
}
