import { createContext, runInContext } from "node:vm";
import { build } from "esbuild";
import { expect, test } from "vitest";

// The dashboard's sandbox and the Worker decide by the same file. A context of its own has the language and
// nothing else: no process, no clock that could be faked, no module to require.
test("decide runs where there is nothing but the language", async () => {
  const { outputFiles, metafile } = await build({
    entryPoints: ["src/decision/decide.ts"],
    bundle: true,
    platform: "browser",
    format: "iife",
    globalName: "decision",
    metafile: true,
    write: false,
  });
  expect(Object.values(metafile.outputs).flatMap(({ imports }) => imports)).toEqual([]);
  const foreign = Object.keys(metafile.inputs).filter(
    (path) => !/^(src\/(decision|contract)|node_modules\/(picomatch|zod))\//.test(path),
  );
  expect(foreign).toEqual([]);

  const context = createContext({ TextEncoder, URL });
  runInContext(outputFiles[0]?.text ?? "", context);
  const decided: unknown = runInContext(
    `JSON.stringify(decision.decide(
      { action: "deploy", metadata: { branch: "v1" } },
      {
        agent: { agentId: "agent_1", status: "active" },
        permissions: [{
          permissionId: "perm_1", status: "active", action: "deploy", allowedActions: [], blockedActions: [],
          requiresApproval: true, requireDifferentApprover: false, createdAt: 0,
          constraints: { allowedBranches: ["v[1-3]"] },
        }],
      },
      1000,
    ))`,
    context,
  );
  expect(decided).toBe('{"outcome":"ask","permissionId":"perm_1","requireDifferentApprover":false}');
});
