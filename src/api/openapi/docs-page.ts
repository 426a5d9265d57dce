import { html, raw } from "hono/html";
import { toBase64, utf8 } from "../../crypto/encoding.ts";
import { docsStyle } from "./docs-style.ts";
import type { DocumentedOperation, OpenApiDocument } from "./document.ts";
import { operationAnchor, operationView } from "./operation-view.ts";
import { type Html, paragraphs, prose } from "./prose.ts";
import { fieldList, fieldsOf, schemaAnchor, typeOf } from "./schema-view.ts";

type Entry = { method: string; path: string; operation: DocumentedOperation };

/** The document as a page: no script, nothing from elsewhere, everything in it escaped. */
export async function docsPage(document: OpenApiDocument): Promise<string> {
  const { info, tags, components } = document;
  const entries = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Entry => ({ method, path, operation })),
  );
  const groups = tags.map(({ name }) => ({
    name,
    entries: entries.filter(({ operation }) => operation.tags.includes(name)),
  }));
  const sent = componentsSent(document);
  const page = await html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${info.title} API</title>
        ${raw(`<style>${docsStyle}</style>`)}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the operations</a>
        <nav aria-label="Contents">${contents(groups, Object.keys(components.schemas))}</nav>
        <main id="main">
          <header>
            <h1>${info.title} API</h1>
            <p class="lead">${info.summary}</p>
            ${paragraphs(info.description)}
            <p>
              Version ${info.version}. This page shows <a href="/api/openapi.json">openapi.json</a> (OpenAPI
              ${document.openapi}).
            </p>
            ${credentials(document)}
          </header>
          ${groups.map((group) => groupView(group, document))}
          <section>
            <h2 id="schemas">Schemas</h2>
            ${Object.entries(components.schemas).map(([name, schema]) => {
              const place = sent.has(name) ? "sent" : "answered";
              const fields = fieldList(fieldsOf(schema, place), place);
              return html`<section class="schema" id="${schemaAnchor(name)}">
                <h3><a href="#${schemaAnchor(name)}">${name}</a></h3>
                ${paragraphs(schema.description)} ${fields ?? html`<p class="type">${typeOf(schema)}</p>`}
              </section>`;
            })}
          </section>
        </main>
      </body>
    </html>`;
  return page.toString();
}

/** What the page may do: show its own style, and nothing else. */
export async function docsPolicy(): Promise<string> {
  const hash = toBase64(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(docsStyle))));
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}

// What stands in a request body, however deep: the rest of the components is only ever answered.
function componentsSent({ paths, components }: OpenApiDocument): Set<string> {
  const found = new Set<string>();
  const look = (value: unknown) => {
    for (const [, name = ""] of JSON.stringify(value ?? null).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (found.has(name)) continue;
      found.add(name);
      look(components.schemas[name]);
    }
  };
  for (const methods of Object.values(paths))
    for (const { requestBody } of Object.values(methods)) look(requestBody);
  return found;
}

type Group = { name: string; entries: Entry[] };

function tagAnchor(tag: string): string {
  return `tag-${tag.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`;
}

function contents(groups: Group[], schemas: string[]): Html {
  return html`<details>
    <summary>Contents</summary>
    ${groups.map(
      ({ name, entries }) =>
        html`<p><a href="#${tagAnchor(name)}">${name}</a></p>
          <ul>
            ${entries.map(
              ({ operation }) =>
                html`<li><a href="#${operationAnchor(operation)}">${operation.summary}</a></li>`,
            )}
          </ul>`,
    )}
    <p><a href="#schemas">Schemas</a></p>
    <ul>
      ${schemas.map((name) => html`<li><a href="#${schemaAnchor(name)}">${name}</a></li>`)}
    </ul>
  </details>`;
}

function credentials({ components }: OpenApiDocument): Html {
  return html`<h2 id="credentials">Credentials</h2>
    <div class="fields">
      ${Object.entries(components.securitySchemes).map(
        ([name, scheme]) =>
          html`<div class="field">
            <div class="name"><code>${name}</code></div>
            <div class="what">
              <p class="type">
                ${scheme.type === "http" ? "bearer" : html`${scheme.in} <code>${scheme.name}</code>`}
              </p>
              <p>${prose(scheme.description)}</p>
            </div>
          </div>`,
      )}
    </div>`;
}

function groupView({ name, entries }: Group, document: OpenApiDocument): Html {
  return html`<section>
    <h2 id="${tagAnchor(name)}">${name}</h2>
    ${entries.map(({ method, path, operation }) => operationView(method, path, operation, document))}
  </section>`;
}
