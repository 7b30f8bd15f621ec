import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { document, PYTHON_HEADING, pythonSection } from "./document.ts";
import { type Expected, expectations, stale, unexpected } from "./expected.ts";
import { tryAll } from "./matrix.ts";
import { missing, PYTHON_SDK } from "./python.ts";

const WITHIN_MS = 600_000;
const committed = (): string => readFileSync("docs/COMPATIBILITY.md", "utf8");
const MEND = "npm run compatibility";
const ofPython = ({ clients }: Expected): boolean =>
  clients?.every((client) => client === PYTHON_SDK.name) === true;

test("every client sees through the gate what it sees without it", { timeout: WITHIN_MS }, async () => {
  const expected = expectations();
  const cells = await tryAll();
  const gone = stale(
    cells,
    expected.filter((entry) => !ofPython(entry)),
  );
  expect([...unexpected(cells, expected), ...gone]).toEqual([]);
  expect({ text: document(cells, expected), MEND }).toEqual({
    text: committed().split(PYTHON_HEADING)[0],
    MEND,
  });
});

const why = missing();
test.skipIf(why !== undefined)(
  `so does a client in Python${why === undefined ? "" : ` (not tried: ${why})`}`,
  { timeout: WITHIN_MS },
  async () => {
    const expected = expectations();
    const cells = await tryAll([PYTHON_SDK]);
    expect([...unexpected(cells, expected), ...stale(cells, expected.filter(ofPython))]).toEqual([]);
    expect({ text: pythonSection(cells, expected), MEND }).toEqual({
      text: committed().slice(committed().indexOf(PYTHON_HEADING)),
      MEND,
    });
  },
);
