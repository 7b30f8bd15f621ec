import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

/** One labelled text of the data. */
export interface Row {
  readonly id: string;
  readonly text: string;
  readonly label: string;
  readonly kind: string;
  readonly source: string;
  readonly family: string;
  readonly lang?: string;
  readonly server?: string;
}

/** Where the data are unless somebody says otherwise; they are not part of the repository. */
export const DEFAULT_FOLDER = "../shared/corpora";

function parsed(bytes: Buffer, family: string): readonly Row[] {
  return bytes
    .toString("utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => ({ ...(JSON.parse(line) as Omit<Row, "family">), family }));
}

/** All rows of some families below a folder: `<family>/<source>.jsonl` or `.jsonl.gz`. Undefined where the folder is not there. */
export function rowsOf(folder: string, families: readonly string[]): readonly Row[] | undefined {
  if (!existsSync(folder)) return undefined;
  return families.flatMap((family) => {
    const place = join(folder, family);
    if (!existsSync(place)) return [];
    return readdirSync(place)
      .sort()
      .filter((name) => /\.jsonl(?:\.gz)?$/.test(name))
      .flatMap((name) => {
        const bytes = readFileSync(join(place, name));
        return [...parsed(name.endsWith(".gz") ? gunzipSync(bytes) : bytes, family)];
      });
  });
}
