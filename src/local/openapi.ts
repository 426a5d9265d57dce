// Writes the OpenAPI document out of the routes' definitions. The Worker serves the file and never makes it.

import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { openApiDocument } from "../api/openapi/openapi-document.ts";
import { routes } from "../api/routes.ts";

const root = resolve(import.meta.dirname, "../..");
const { version } = JSON.parse(readFileSync(resolve(root, "package.json"), "utf8")) as { version: string };

const document = openApiDocument(
  routes.map(({ operation }) => operation),
  version,
);
writeFileSync(resolve(root, "src/api/openapi.json"), `${JSON.stringify(document, null, 2)}\n`);
