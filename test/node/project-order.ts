import { BaseSequencer, type TestSpecification } from "vitest/node";

// What a file is ranked by is found in its project and path.
const order = [
  // They take longest, and wait for most of it while others work.
  /^node .*\/(?:endurance|hook)\.test\.ts$/,
  /^e2e /,
  // Together, because each process that runs some of them loads the Worker first.
  /^worker /,
  // Their size does not say how long they take: they start programs, and wait for them.
  /^node .*\/(?:start|pack|webhooks|crash|server)\.test\.ts$/,
  /^node /,
  /^clients /,
];

/** The longest files of a fresh clone first, and beside those that wait always some that work. */
export class ProjectOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ project, moduleId }: TestSpecification) =>
      order.findIndex((pattern) => pattern.test(`${project.name} ${moduleId}`));
    // oxlint-disable-next-line unicorn/no-array-sort -- Not an array's.
    const longestFirst = await super.sort(files);
    return longestFirst.toSorted((a, b) => rank(a) - rank(b));
  }
}
