import type { Fence } from "../fence.ts";
import { connect } from "./open.ts";

/** The fence in PostgreSQL. The mark is read after the row is locked: then every opening of before has ended. */
export function postgresFence(url: string): Fence {
  const pool = connect(url);
  return {
    async store() {
      const { rows } = await pool.query<{ store: string }>("select store from portcullis.fence");
      return rows[0]?.store ?? "";
    },
    async renew() {
      const client = await pool.connect();
      let broken: Error | undefined;
      try {
        await client.query("begin");
        const { rows } = await client.query<{ store: string; generation: number }>(
          "update portcullis.fence set generation = generation + 1 returning store, generation",
        );
        const marks = await client.query<{ mark: number }>(
          "select coalesce(max(seq), 0) as mark from portcullis.fence_marks",
        );
        await client.query("commit");
        const [[row], [at]] = [rows, marks.rows];
        if (row === undefined || at === undefined) throw new Error("the table portcullis.fence is empty");
        return { ...row, ...at };
      } catch (error) {
        broken = error instanceof Error ? error : new Error(String(error));
        throw error;
      } finally {
        client.release(broken);
      }
    },
    close: () => pool.end(),
  };
}
