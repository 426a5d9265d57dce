import { GeneratingFailed, staleFiles } from "./generated.ts";

try {
  const stale = staleFiles();
  if (stale.length > 0) {
    console.error(`Not up to date: ${stale.join(", ")}. Run \`npm run generate\` and commit the result.`);
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof GeneratingFailed ? error.message : error);
  process.exitCode = 1;
}
