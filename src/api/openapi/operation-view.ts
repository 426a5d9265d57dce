import { html } from "hono/html";
import { type Capability, roleGrants } from "../../contract/people.ts";
import { type ProblemCode, problems } from "../../contract/problem.ts";
import type {
  Content,
  DocumentedAnswer,
  DocumentedOperation,
  OpenApiDocument,
  Parameter,
} from "./document.ts";
import { inDocument, type JsonSchema } from "./json-schema.ts";
import { type Html, paragraphs, prose } from "./prose.ts";
import { type Field, fieldList, fieldsOf, markOf, typeOf } from "./schema-view.ts";

const problemType = "application/problem+json";

/** Where an operation stands on the page. */
export function operationAnchor({ operationId }: DocumentedOperation): string {
  return `op-${operationId}`;
}

/** One operation: how it is called, by whom, with what, and what comes back. */
export function operationView(
  method: string,
  path: string,
  operation: DocumentedOperation,
  document: OpenApiDocument,
): Html {
  const anchor = operationAnchor(operation);
  const answers = Object.entries(operation.responses).map(
    ([status, answer]) => [status, resolved(answer, document)] as const,
  );
  return html`<section class="operation" id="${anchor}">
    <h3><a href="#${anchor}">${operation.summary}</a></h3>
    <p class="call"><span class="method">${method.toUpperCase()}</span> <code>${path}</code></p>
    ${paragraphs(operation.description)}
    <p class="who"><strong>Who may call.</strong> ${callersOf(operation)}</p>
    ${(["path", "query", "header"] as const).map((place) => parametersView(place, operation.parameters ?? []))}
    ${bodyView(operation, document)}
    <h4>Answers</h4>
    <div class="fields">${answers.filter(([, { content }]) => !isProblem(content)).map(answerView)}</div>
    <h4>Problems</h4>
    <div class="fields problems">
      ${answers.flatMap(([status, { content }]) => problemRows(status, content))}
    </div>
  </section>`;
}

function callersOf(operation: DocumentedOperation): Html {
  const schemes = operation.security.flatMap((one) => Object.keys(one));
  const capability = operation["x-capability"];
  if (capability !== undefined)
    return html`People whose role may ${capability}: ${rolesThatMay(capability)}. With the session cookie or a
    developer token.`;
  if (schemes.includes("session")) return html`People who have signed in, with the session cookie.`;
  if (schemes.includes("agentKey")) return html`The agent, with its own key as a bearer.`;
  if (schemes.includes("passport"))
    return html`Whoever holds the passport's link, with its token as a bearer.`;
  return html`Anyone.`;
}

function rolesThatMay(capability: Capability): string {
  return Object.entries(roleGrants)
    .filter(([, held]) => (held as readonly Capability[]).includes(capability))
    .map(([role]) => role)
    .join(", ");
}

const placeTitles = { path: "In the path", query: "In the query", header: "Headers" };

function parametersView(place: Parameter["in"], parameters: Parameter[]): Html | undefined {
  const fields = parameters
    .filter((parameter) => parameter.in === place)
    .map(({ name, required, description, schema }): Field => ({
      name,
      mark: markOf(required, "sent"),
      description,
      schema,
    }));
  return fields.length === 0
    ? undefined
    : html`<h4>${placeTitles[place]}</h4>
        ${fieldList(fields, "sent")}`;
}

function bodyView({ requestBody }: DocumentedOperation, document: OpenApiDocument): Html | undefined {
  if (requestBody === undefined) return undefined;
  const schema = requestBody.content["application/json"]?.schema ?? {};
  const fields = fieldsOf(component(schema, document), "sent");
  return html`<h4>Body</h4>
    <p>
      JSON${schema.$ref === undefined ? "" : html`, ${typeOf(schema)}`}${requestBody.required ? "." : html`. It may be absent.`}
    </p>
    ${fieldList(fields, "sent")}`;
}

function answerView([status, { description, content = {} }]: readonly [string, DocumentedAnswer]): Html {
  return html`<div class="field">
    <div class="name"><span class="status">${status}</span></div>
    <div class="what">
      <p>${prose(description)}</p>
      ${Object.entries(content).map(
        ([type, { schema }]) =>
          html`<p class="type">
              <code>${type}</code>
              ${schema.description === undefined ? typeOf(schema) : prose(schema.description)}
            </p>
            ${fieldList(fieldsOf(schema, "answered"), "answered")}`,
      )}
    </div>
  </div>`;
}

function problemRows(status: string, content: Content | undefined): Html[] {
  const code = content?.[problemType]?.schema.properties?.["code"];
  const codes = typeof code === "object" ? (code.enum ?? []) : [];
  return codes.map((each) => {
    const { sentence, hint } = problems[each as ProblemCode];
    return html`<div class="field">
      <div class="name"><span class="status">${status}</span> <code>${each}</code></div>
      <div class="what">
        <p>${sentence}${hint === undefined ? "" : html` <span class="hint">${hint}</span>`}</p>
      </div>
    </div>`;
  });
}

function isProblem(content: Content | undefined): boolean {
  return content?.[problemType] !== undefined;
}

function resolved(answer: DocumentedAnswer | { $ref: string }, document: OpenApiDocument): DocumentedAnswer {
  if (!("$ref" in answer)) return answer;
  const name = answer.$ref.slice("#/components/responses/".length);
  return document.components.responses[name] ?? { description: "" };
}

function component(schema: JsonSchema, document: OpenApiDocument): JsonSchema {
  if (schema.$ref === undefined) return schema;
  return document.components.schemas[schema.$ref.slice(inDocument.length)] ?? {};
}
