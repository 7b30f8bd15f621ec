import { definePlugin } from "portcullis/plugin";

const LIMIT = 500;
const AMOUNT = /"?(?:refund|amount)"?\s*[:=]\s*"?(\d{1,9}(?:\.\d{1,2})?)/gi;

/** Refunds above a limit are stopped: a person has to make them. Looks at arguments alone. */
export const plugin = definePlugin({
  name: "refunds",
  version: "1",
  tier: "tighten",
  broken: "stop",
  classes: ["malformed"],
  roles: ["argument", "text"],
  look(text, { name = "" }) {
    const whole = /^(?:refund|amount)$/i.test(name) ? `amount: ${text}` : text;
    const shift = whole.length - text.length;
    return [...whole.matchAll(AMOUNT)].flatMap(({ index, 0: match, 1: amount }) => {
      if (Number(amount) <= LIMIT) return [];
      const until = index + match.length - shift;
      const from = Math.max(0, until - amount.length);
      const why = `a refund of more than ${LIMIT}`;
      return [{ class: "malformed", kind: "refund", severity: "high", score: 0.9, from, until, why }];
    });
  },
});
