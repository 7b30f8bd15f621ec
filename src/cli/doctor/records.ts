import { accessSync, constants, existsSync, statSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT_TENANT } from "../../call/permission.ts";
import type { TenantId } from "../../call/principal.ts";
import type { StoreAddress } from "../../config/config.ts";
import { shown } from "../../config/paths.ts";
import { openStore } from "../../store/open.ts";
import { type CallRecord, MAX_PAGE, type Store } from "../../store/store.ts";
import { JournalUnavailable, StoreUnusable } from "../../store/unavailable.ts";
import type { Finding } from "./finding.ts";

const DAYS = 7;
const DAY_MS = 86_400_000;
/** Clocks of one machine and its database differ by less. */
const SLACK_MS = 60_000;
const LITTLE_BYTES = 1024 ** 3;
const TOO_LITTLE_BYTES = 64 * 1024 ** 2;

function sizeText(bytes: number): string {
  if (bytes < 1024 ** 2) return `${Math.ceil(bytes / 1024)} KB`;
  const [unit, name] = bytes >= 1024 ** 3 ? [1024 ** 3, "GB"] : [1024 ** 2, "MB"];
  return `${(bytes / unit).toFixed(1)} ${name}`;
}

/** The folder that is there, of a path whose end may not be. */
function nearestFolder(path: string): string {
  const folder = dirname(path);
  return existsSync(folder) || folder === path ? folder : nearestFolder(folder);
}

function disk(path: string): Finding {
  const { bavail, bsize } = statfsSync(nearestFolder(path));
  const free = bavail * bsize;
  const message = `${sizeText(free)} are free on its disk`;
  if (free >= LITTLE_BYTES) return { level: "ok", check: "store", message };
  return {
    level: free < TOO_LITTLE_BYTES ? "fail" : "warn",
    check: "store",
    message: `only ${message}; what cannot be recorded is refused`,
    fix: `df -h ${nearestFolder(path)}, and make room`,
  };
}

/** Where no records are yet: whether they can be made. */
function toCome(path: string): readonly Finding[] {
  const folder = nearestFolder(path);
  try {
    accessSync(folder, constants.W_OK);
    return [
      { level: "ok", check: "store", message: `${shown(path)}  not there yet; the first start makes it` },
      disk(path),
    ];
  } catch {
    const message = `${shown(path)}  cannot be made: ${folder} cannot be written`;
    return [
      {
        level: "fail",
        check: "store",
        message,
        fix: `chmod u+w ${folder}, or point store: at another place`,
      },
    ];
  }
}

function clock(newest: CallRecord | undefined, now: number): Finding {
  const check = "clock";
  const made = statSync(fileURLToPath(new URL("../../../package.json", import.meta.url))).mtimeMs;
  const known = Math.max(made, newest?.opened.at ?? 0);
  if (now + SLACK_MS >= known) return { level: "ok", check, message: new Date(now).toISOString() };
  const what =
    newest !== undefined && known === newest.opened.at
      ? "the newest record is from"
      : "this program was installed at";
  return {
    level: "fail",
    check,
    message: `the clock says ${new Date(now).toISOString()}, and ${what} ${new Date(known).toISOString()}`,
    fix: "timedatectl set-ntp true, or set the clock",
  };
}

/** What the last days left behind in all tenants: how many calls, and which have no end. */
async function ends(store: Store, tenants: Iterable<TenantId>, now: number): Promise<Finding> {
  const check = "records";
  let [all, open, unknown] = [0, 0, 0];
  let fix = "";
  for (const tenant of tenants) {
    const { journal } = store.forTenant(tenant);
    const records = await journal.list({ since: now - DAYS * DAY_MS, limit: MAX_PAGE });
    const left = records.filter(({ status }) => status === "unknown");
    all += records.length;
    open += records.filter(({ status }) => status === "open").length;
    unknown += left.length;
    const last = left.at(-1);
    if (last !== undefined)
      fix = `portcullis why ${last.opened.call}${tenant === ROOT_TENANT ? "" : ` --tenant ${tenant}`}`;
  }
  const within = `${all} calls in the last ${DAYS} days`;
  if (unknown === 0)
    return {
      level: "ok",
      check,
      message: `${within}${open === 0 ? "" : `, ${open} of them still running`}`,
    };
  return {
    level: "warn",
    check,
    message: `${unknown} of ${within} have no end: a gate ended before their answer, and whether they ran is not known`,
    fix,
  };
}

async function opened(
  store: Store,
  declared: readonly TenantId[],
  where: string,
  now: number,
): Promise<readonly Finding[]> {
  await store.check();
  const made = (await store.tenants.list()).map(({ id }) => id);
  const tenants = new Set([ROOT_TENANT, ...declared, ...made, ...(await store.subjects.tenants())]);
  const [newest] = await store.forTenant(ROOT_TENANT).journal.list({ limit: 1 });
  const ok: Finding = {
    level: "ok",
    check: "store",
    message: `${where}, can be written, its schema is up to date`,
  };
  const left = await ends(store, tenants, now);
  return [ok, ...fenced(await store.tenants.fence()), clock(newest, now), left];
}

/** Whether the database keeps tenants apart too; a file does not. */
function fenced(fence: string): readonly Finding[] {
  const check = "tenants";
  if (fence === "types") return [];
  if (fence === "rows") return [{ level: "ok", check, message: "row-level security keeps their rows apart" }];
  return [
    {
      level: "warn",
      check,
      message: `the database does not keep their rows apart: ${fence}`,
      fix: "use an account without SUPERUSER and BYPASSRLS, or let it create the role portcullis_gate",
    },
  ];
}

/** The records: whether they can be opened and written, whether there is room, and what the last days left behind. */
export async function records(
  address: StoreAddress,
  declared: readonly TenantId[] = [],
): Promise<readonly Finding[]> {
  const now = Date.now();
  if (address.kind === "sqlite" && !existsSync(address.path))
    return [...toCome(address.path), clock(undefined, now)];
  const where =
    address.kind === "sqlite"
      ? `${shown(address.path)}  ${sizeText(statSync(address.path).size)}`
      : "PostgreSQL";
  let store: Store | undefined;
  try {
    store = await openStore(address);
    const found = await opened(store, declared, where, now);
    return [...found, ...(address.kind === "sqlite" ? [disk(address.path)] : [])];
  } catch (error) {
    if (error instanceof StoreUnusable)
      return [{ level: "fail", check: "store", message: error.message, fix: error.remedy }];
    if (error instanceof JournalUnavailable) {
      const place = address.kind === "sqlite" ? address.path : "the database";
      return [
        {
          level: "fail",
          check: "store",
          message: error.message,
          fix: `let this user write to ${place}, and make room there`,
        },
      ];
    }
    throw error;
  } finally {
    await store?.close();
  }
}
