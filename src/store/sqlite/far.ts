import { Worker } from "node:worker_threads";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import type { Tables } from "../journal/joined.ts";

/** What the reading thread is told at its start, asked, and answers. */
export interface ReadingErrand {
  readonly path: string;
}
export interface Question {
  readonly id: number;
  readonly sql: string;
  readonly params: readonly unknown[];
}
export type Answer =
  | { readonly id: number; readonly rows: readonly unknown[] }
  | { readonly id: number; readonly message: string };

/** The thread's file: itself from source, compiled in the package. */
const FILE = new URL(
  import.meta.url.endsWith(".ts") ? "./reading-worker.ts" : "./reading-worker.js",
  import.meta.url,
);

interface Waiting {
  readonly resolve: (rows: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly ask: (sql: string, params: readonly unknown[]) => Promise<readonly unknown[]>;
  readonly close: () => Promise<void>;
}

/** A thread that starts with the first question, keeps the process alive only while one is open, and is replaced if it dies. */
function thread(path: string): Thread {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let asked = 0;

  function start(): Worker {
    const errand: ReadingErrand = { path };
    const started = new Worker(FILE, {
      workerData: errand,
      name: "portcullis-reading",
      env: {},
      execArgv: [],
    });
    const ended = (why: string): void => {
      if (worker !== started) return;
      worker = undefined;
      for (const { reject } of waiting.values()) reject(new Error(why));
      waiting.clear();
    };
    started.on("message", (answer: Answer) => {
      const asker = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (waiting.size === 0) started.unref();
      if ("rows" in answer) asker?.resolve(answer.rows);
      else asker?.reject(new Error(`${path} cannot be read: ${answer.message}`));
    });
    started.on("error", (error) =>
      ended(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`),
    );
    started.on("exit", () => ended(`${path} cannot be read: the reading thread has ended`));
    started.unref();
    return started;
  }

  return {
    ask: (sql, params) =>
      new Promise((resolve, reject) => {
        worker ??= start();
        const id = ++asked;
        waiting.set(id, { resolve, reject });
        worker.ref();
        worker.postMessage({ id, sql, params } satisfies Question);
      }),
    close: async () => void (await worker?.terminate()),
  };
}

function connectionTo({ ask }: Thread): DatabaseConnection {
  return {
    executeQuery: async <R>({ sql, parameters }: CompiledQuery): Promise<QueryResult<R>> => ({
      rows: [...(await ask(sql, parameters))] as R[],
    }),
    // oxlint-disable-next-line require-yield -- the query builder asks for it, and nothing here does
    async *streamQuery() {
      throw new Error("what is read in the other thread comes whole");
    },
  };
}

/** A SQLite journal that is read in a thread of its own, so that no read, however long, holds up the event loop. */
export function farDatabase(path: string): {
  readonly db: Kysely<Tables>;
  readonly close: () => Promise<void>;
} {
  const reading = thread(path);
  const refuse = async (): Promise<never> => await Promise.reject(new Error("it is only read from"));
  const driver: Driver = {
    init: async () => {},
    acquireConnection: async () => connectionTo(reading),
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    releaseConnection: async () => {},
    destroy: reading.close,
  };
  const dialect: Dialect = {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => driver,
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  };
  return { db: new Kysely<Tables>({ dialect }), close: reading.close };
}
