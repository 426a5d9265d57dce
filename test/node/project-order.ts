import { basename } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const projects = ["e2e", "worker", "node", "system"];
// Their size does not say how long they take: they start programs, and wait for them.
const waiting = ["start.test.ts", "hook.test.ts", "pack.test.ts"];

/**
 * The longest files of a fresh clone first. The Worker is loaded while browsers still wait; at the end, where it would come
 * otherwise, everything would wait for that.
 */
export class ProjectOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification) =>
      projects.indexOf(project.name) - (waiting.includes(basename(moduleId)) ? 0.5 : 0);
    // oxlint-disable-next-line unicorn/no-array-sort -- Not an array's.
    const longestFirst = await super.sort(files);
    return longestFirst.toSorted((a, b) => rank(a) - rank(b));
  }
}
