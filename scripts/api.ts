import { readFileSync } from "node:fs";
import { PROBLEMS } from "../src/admin/problem.ts";

const BEGIN = "<!-- problems: written by `npm run schemas` from src/admin/problem.ts -->\n";
const END = "<!-- /problems -->";

/** docs/API.md with the list of problems as the table has it. */
export function apiPage(): string {
  const page = readFileSync(new URL("../docs/API.md", import.meta.url), "utf8");
  const [head, rest] = page.split(BEGIN);
  const tail = rest?.slice(rest.indexOf(END));
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title, mend }]) => `| \`${code}\` | ${status} | ${title} | ${mend} |`,
  );
  const table = ["| code | status | means | mend |", "|---|---|---|---|", ...rows].join("\n");
  return `${head}${BEGIN}\n${table}\n\n${tail}`;
}
