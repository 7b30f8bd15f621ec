import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import type { Entry } from "../reading/entry.ts";
import { COLUMNS } from "./columns.ts";

/** A table that grows. What each gives is what the file has more. */
export interface ParquetTable {
  readonly add: (entries: readonly Entry[]) => Uint8Array;
  readonly end: () => Uint8Array;
}

function dataOf(entries: readonly Entry[]) {
  return COLUMNS.map(({ name, type, of }) => ({
    name,
    type,
    nullable: true,
    data: entries.map((entry) => {
      const cell = of(entry);
      if (cell === null) return null;
      // What the library writes as JSON it writes from the value.
      if (type === "JSON") return JSON.parse(String(cell)) as unknown;
      return type === "INT64" ? BigInt(Number(cell)) : cell;
    }),
  }));
}

/** Apache Parquet, a row group each time; at most the entries of one group, and the places of all, are in memory. */
export function parquetTable(): ParquetTable {
  const writer = new ByteWriter();
  const table = new ParquetWriter({
    writer,
    schema: schemaFromColumnData({ columnData: dataOf([]) }),
    createdBy: "portcullis",
  });
  // The writer counts on in `offset`; only its buffer begins anew.
  const drained = (): Uint8Array => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  return {
    add(entries) {
      if (entries.length > 0) void table.write({ columnData: dataOf(entries), rowGroupSize: entries.length });
      return drained();
    },
    end() {
      void table.finish();
      return drained();
    },
  };
}
