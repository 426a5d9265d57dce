import { defineConfig } from "vitest/config";
import { modelSearch, workerProject } from "../worker-project.ts";
import { mutate } from "./mutate.ts";
import { mutants } from "./mutants.ts";

// Each mutant is the source with a bug planted in it, which the model of the loop must find. In the source as it is
// the same search finds nothing.
export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      ...mutants.map((mutant) =>
        workerProject(
          {
            name: mutant.name,
            include: ["test/model/mutant.test.ts"],
            provide: { model: modelSearch({ seconds: 120, mutant: mutant.name }) },
          },
          [mutate(mutant)],
        ),
      ),
      workerProject({
        name: "no-mutant",
        include: ["test/model/loop.test.ts"],
        provide: { model: modelSearch({ seconds: 30 }) },
      }),
    ],
  },
});
