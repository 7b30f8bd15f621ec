import { setTimeout as sleep } from "node:timers/promises";

/** Between end of input, SIGTERM and SIGKILL; as the MCP specification asks and its SDKs do. */
export const GRACE_MS = 2000;
const LOOK_MS = 20;

/** Groups that have not been seen to end. */
const living = new Set<number>();

/** Whoever ends the gate without closing its legs still leaves no process behind (SIGKILL aside: then input ends). */
function endAll(): void {
  for (const group of living) signal(group, "SIGKILL");
}

/** Puts a process group, named by its leader, under the rule that it ends with the gate. */
export function adopt(group: number): void {
  if (living.size === 0) process.on("exit", endAll);
  living.add(group);
}

function release(group: number): void {
  living.delete(group);
  if (living.size === 0) process.off("exit", endAll);
}

/** False where no process of the group is left. */
function signal(group: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, name);
  } catch {
    return false;
  }
}

/** True as soon as no process of the group is left, false when `GRACE_MS` have passed. */
async function isEmpty(group: number): Promise<boolean> {
  for (let waited = 0; waited < GRACE_MS; waited += LOOK_MS) {
    if (!signal(group, 0)) return true;
    await sleep(LOOK_MS);
  }
  return false;
}

/** Ends what is left of a group: SIGTERM, a wait, SIGKILL. */
export async function endGroup(group: number): Promise<void> {
  if (signal(group, "SIGTERM") && !(await isEmpty(group))) signal(group, "SIGKILL");
  release(group);
}
