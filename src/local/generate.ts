import { generate, generated, GeneratingFailed } from "./generated.ts";

try {
  for (const one of generated) generate(one);
} catch (error) {
  console.error(error instanceof GeneratingFailed ? error.message : error);
  process.exitCode = 1;
}
