import { digestBytes } from "../call/json.ts";
import { journal } from "./migrations/0001-journal.ts";
import { tasks } from "./migrations/0002-tasks.ts";
import { counters } from "./migrations/0003-counters.ts";
import { policies } from "./migrations/0004-policies.ts";
import { approvals } from "./migrations/0005-approvals.ts";
import { outbox } from "./migrations/0006-outbox.ts";
import { idempotency } from "./migrations/0007-idempotency.ts";
import { credentials } from "./migrations/0008-credentials.ts";
import { fence } from "./migrations/0010-fence.ts";
import { acts } from "./migrations/0011-acts.ts";
import { log } from "./migrations/0012-log.ts";
import { tenants } from "./migrations/0013-tenants.ts";
import { reading } from "./migrations/0020-reading.ts";
import { people } from "./migrations/0015-people.ts";
import { signIn } from "./migrations/0016-sign-in.ts";
import { secrets } from "./migrations/0017-secrets.ts";
import { keys } from "./migrations/0018-keys.ts";
import { masks } from "./migrations/0021-masks.ts";
import { forms } from "./migrations/0022-forms.ts";
import { counterEnds } from "./migrations/0023-counter-ends.ts";
import { makers } from "./migrations/0024-makers.ts";
import { exchanges } from "./migrations/0026-exchanges.ts";
import { StoreUnusable } from "./unavailable.ts";

/**
 * One step forward of the schema; there is none back. Statements are text, so that they can be read, have a checksum
 * and run before the query builder is loaded. A step that was released is never edited: the next one mends it.
 */
export interface Migration {
  readonly name: string;
  readonly sqlite: readonly string[];
  readonly postgres: readonly string[];
}

/** In the order they run. */
const MIGRATIONS: readonly Migration[] = [
  journal,
  tasks,
  counters,
  policies,
  approvals,
  outbox,
  idempotency,
  credentials,
  fence,
  acts,
  log,
  tenants,
  people,
  signIn,
  secrets,
  keys,
  reading,
  masks,
  forms,
  counterEnds,
  makers,
  exchanges,
];

/** A row of the table `migrations`: what a database has been through. */
export interface Applied {
  readonly name: string;
  readonly checksum: string;
}

export interface Step extends Applied {
  readonly statements: readonly string[];
}

/**
 * What a database still has to go through. Throws StoreUnusable where it knows a step that this program does not
 * (it was written by a newer one), or where a step it went through was another than ours of that name.
 */
export function pending(
  engine: "sqlite" | "postgres",
  applied: readonly Applied[],
  where: string,
  migrations: readonly Migration[] = MIGRATIONS,
): readonly Step[] {
  const steps = migrations.map((migration): Step => {
    const statements = migration[engine];
    return { name: migration.name, checksum: digestBytes(statements.join(";\n")), statements };
  });
  for (const { name, checksum } of applied) {
    const ours = steps.find((step) => step.name === name);
    if (ours === undefined) {
      throw new StoreUnusable(
        `it was written by a newer Portcullis (schema step ${name} is unknown here)`,
        where,
        "Update this Portcullis, or point `store:` at another place.",
      );
    }
    if (ours.checksum !== checksum) {
      throw new StoreUnusable(
        `its schema step ${name} is not the one this Portcullis has`,
        where,
        "It was made by a development version or changed by hand; point `store:` at another place.",
      );
    }
  }
  return steps.filter((step) => !applied.some(({ name }) => name === step.name));
}
