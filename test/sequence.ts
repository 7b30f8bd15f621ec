import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Files that wait longest, most of them for a program that they start: begun last, the others would wait for them. */
const SLOW = [
  "test/matrix/matrix.test.ts",
  "test/gate/rollout.test.ts",
  "test/conformance/client-mode.test.ts",
  "test/faults/gate/shutdown.test.ts",
  "test/conformance/across.test.ts",
  "test/conformance/conformance.test.ts",
  "test/gate/run-command.test.ts",
  "test/transparency/wrap.test.ts",
  "src/upstream/stdio.test.ts",
  "src/embed/with-governance.test.ts",
  "test/transparency/proxy-bytes.test.ts",
  "test/gate/exposure.test.ts",
  "test/gate/inspector.test.ts",
];

/** The known slow files first, whatever the machine remembers of earlier runs; then as vitest has it. */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification): number => {
      const at = SLOW.findIndex((file) => moduleId.endsWith(`/${file}`));
      return at < 0 ? SLOW.length : at;
    };
    return (await super.sort(files)).toSorted((one, other) => place(one) - place(other));
  }
}
