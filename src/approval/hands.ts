import type { Actor, Question } from "../store/approvals.ts";

type Hand = Pick<Actor, "id" | "made_by">;

/** Nobody knows any more who made a key: it may have been anybody. */
const FORGOTTEN = "";

const madeBy = ({ made_by = [] }: Hand, id: string): boolean => made_by.some((maker) => maker.id === id);

/** Who made the keys of both. Who looks after the gate makes everybody's, and stands between nobody. */
function commonMaker({ made_by = [] }: Hand, other: Hand): string | undefined {
  return made_by.find(({ id, gate }) => gate !== true && madeBy(other, id))?.id;
}

/** Whether two may be one and the same: each human counts once, whatever keys they hold. */
export function areOneHand(a: Hand, b: Hand): boolean {
  return (
    a.id === b.id ||
    madeBy(a, b.id) ||
    madeBy(b, a.id) ||
    commonMaker(a, b) !== undefined ||
    isLost(a) ||
    isLost(b)
  );
}

const isLost = (hand: Hand): boolean => madeBy(hand, FORGOTTEN);

/** Why somebody may be who asks, in words; undefined: they are not. */
export function asksToo({ principal, asked_by, made_by }: Question, by: Hand): string | undefined {
  if (by.id === principal || by.id === asked_by) return "Who asks may not decide: somebody else has to.";
  if (isLost(by)) return `Nobody knows any more who made the key of ${by.id}: somebody else has to decide.`;
  const asker: Hand = { id: principal, ...(made_by !== undefined && { made_by }) };
  if (madeBy(asker, by.id))
    return `${by.id} made the key that this was asked with, and so may be who asks: somebody else has to decide.`;
  const maker = [principal, asked_by].find((id) => id !== undefined && madeBy(by, id));
  if (maker !== undefined)
    return `${maker} asks, and made the key of ${by.id}: somebody has to decide whose key is from somebody else.`;
  const both = commonMaker(by, asker);
  if (both !== undefined)
    return `${both} made the key of ${by.id}, and the one that this was asked with: somebody has to decide whose key is from somebody else.`;
  return undefined;
}

/** Why a vote would be the second of one human, in words. */
export function votedWord(by: Hand, before: Hand): string {
  if (by.id === before.id) return `${by.id} has approved it already; each person counts once.`;
  const whose = madeBy(by, before.id)
    ? `${before.id} has approved it, and made the key of ${by.id}`
    : madeBy(before, by.id)
      ? `${before.id} has approved it, with a key that ${by.id} made`
      : `${before.id} has approved it, and both keys may be one person's`;
  return `${whose}; each person counts once. Somebody has to approve whose key is from somebody else.`;
}
