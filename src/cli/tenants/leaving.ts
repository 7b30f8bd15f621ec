import { once } from "node:events";
import { createWriteStream, mkdirSync, readdirSync, type WriteStream } from "node:fs";
import { join, resolve } from "node:path";
import { finished } from "node:stream/promises";
import { setTimeout as delay } from "node:timers/promises";
import { shown } from "../../config/paths.ts";
import { printable } from "../../document/render.ts";
import { exported } from "../../tenancy/export.ts";
import { deleteTenant, noteExport } from "../../tenancy/life.ts";
import { Failure } from "../failure.ts";
import { columns, jsonLine, print } from "../out.ts";
import { say, tell } from "../say.ts";
import { failure, type Options, withTenants } from "./tenants.ts";

/** In that time every gate has seen that a tenant is shut out, and has ended what was open. */
const HEARD_MS = 1_500;

/** A folder that is there and empty, for this user's eyes only. */
function emptyFolder(path: string): string {
  const folder = resolve(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  if (readdirSync(folder).length > 0)
    throw new Failure(2, `${shown(folder)} is not empty`, "name a folder that is not there yet with --to");
  return folder;
}

/** `portcullis tenants export ID`: a file of lines of JSON for each kind of thing. */
export async function exportTenant([id = ""]: readonly string[], options: Options): Promise<number> {
  return await withTenants(options, async (doing, store) => {
    if (doing.directory.get(id) === undefined)
      throw new Failure(1, `There is no tenant ${printable(id)}`, "portcullis tenants list shows them");
    const folder = emptyFolder((options["to"] as string | undefined) ?? `tenant-${id}`);
    await noteExport(doing, id);
    const files = new Map<string, WriteStream>();
    let lines = 0;
    for await (const { file, value } of exported(store, id)) {
      const out =
        files.get(file) ?? createWriteStream(join(folder, `${file}.ndjson`), { flags: "wx", mode: 0o600 });
      files.set(file, out);
      lines += 1;
      if (!out.write(`${JSON.stringify(value)}\n`)) await once(out, "drain");
    }
    for (const out of files.values()) {
      out.end();
      await finished(out);
    }
    if (options["json"] === true) await print(jsonLine({ id, folder, files: files.size, lines }));
    else say("ok", `${lines} lines of tenant ${id} in ${files.size} files: ${shown(folder)}`);
    return 0;
  });
}

/** `portcullis tenants delete ID --confirm ID`. */
export async function remove([id = ""]: readonly string[], options: Options): Promise<number> {
  if (options["confirm"] !== id)
    throw new Failure(
      2,
      `nothing was deleted: this cannot be undone`,
      `say the name again: portcullis tenants delete ${printable(id)} --confirm ${printable(id)}`,
    );
  return await withTenants(options, async (doing) => {
    const deleted = await deleteTenant(doing, id, () => delay(HEARD_MS));
    if (deleted.kind === "cannot") throw failure(deleted);
    if (options["json"] === true) {
      await print(jsonLine({ id, ...deleted }));
      return 0;
    }
    say("ok", `tenant ${id} is deleted, and its name is never given again`);
    tell(
      `     the keys of ${deleted.subjects} people are destroyed: what was sealed with them nobody can read`,
    );
    for (const line of columns(
      Object.entries(deleted.removed).map(([table, rows]) => [table, `${rows} rows are gone`]),
    ))
      tell(`     ${line}`);
    for (const line of columns(
      Object.entries(deleted.remains).map(([table, why]) => [table, `stays: ${why}`]),
    ))
      tell(`     ${line}`);
    if (deleted.scrubbed !== "") say("warn", deleted.scrubbed);
    if (deleted.inClear)
      say("warn", "records of this store are not sealed (`keys:`), so what stays of calls can still be read");
    return 0;
  });
}
