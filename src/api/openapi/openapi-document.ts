import type * as z from "zod";
import { problemSchema } from "../../contract/problem.ts";
import type { Access, Answer, Operation } from "../operation.ts";
import { sessionCookieName } from "../people/session-cookie.ts";
import type {
  DocumentedAnswer,
  DocumentedOperation,
  OpenApiDocument,
  Parameter,
  SecurityScheme,
} from "./document.ts";
import { inDocument, jsonSchemas, type JsonSchema } from "./json-schema.ts";
import { problemAnswer, problemAnswerName, problemsByStatus } from "./problem-answers.ts";

const introduction = `Agents ask before they act, people decide what needs a person, everything is on record.

An agent calls \`POST /api/verify\` with its own key before it acts, and acts only on \`allowed: true\`. Every decision is answered with 200, refusals too. What is not a decision is a problem (RFC 9457, \`application/problem+json\`) with a stable \`code\`, a sentence as \`detail\` and as \`error\`, and often a \`hint\`. Every answer carries \`X-Request-Id\`.

Objects in answers may get more keys. A key in a request that is not named here is refused with 400.

An agent that speaks the Model Context Protocol finds the same as tools at \`POST /mcp\`, opened by the same key.

With the session cookie, a change needs an \`Origin\` header that is this site's; with a token it does not.`;

const securitySchemes: Record<string, SecurityScheme> = {
  agentKey: {
    type: "http",
    scheme: "bearer",
    description: "The agent's own key: `Authorization: Bearer bhf_sk_…`.",
  },
  developerToken: {
    type: "apiKey",
    in: "header",
    name: "x-developer-token",
    description:
      "A person's developer token, `bhf_dev_…`. Also accepted as `Authorization: Bearer`. It acts with the roles of the person who made it.",
  },
  session: {
    type: "apiKey",
    in: "cookie",
    name: sessionCookieName,
    description: "The session of a person who has signed in.",
  },
  passport: {
    type: "http",
    scheme: "bearer",
    description: "The passport's own token, which its link carries: `Authorization: Bearer bhf_pass_…`.",
  },
};

/** The OpenAPI 3.1 document of these operations. The same operations give the same bytes. */
export function openApiDocument(operations: readonly Operation[], version: string): OpenApiDocument {
  const sent = collect(operations.flatMap(schemasSent), "input");
  const answered = collect([problemSchema, ...operations.flatMap(schemasAnswered)], "output");
  const paths: OpenApiDocument["paths"] = {};
  for (const operation of operations) {
    const methods = (paths[operation.path] ??= {});
    methods[operation.method] = documented(operation, sent, answered);
  }
  return {
    openapi: "3.1.0",
    info: {
      title: "BehalfID",
      version,
      summary: "Permission checks before agents act.",
      description: introduction,
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/", description: "The deployment that serves this document." }],
    tags: [...new Set(operations.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: components(sent, answered),
      responses: problemAnswers(operations),
      securitySchemes,
    },
  };
}

type Collected = { of: Map<z.ZodType, JsonSchema>; components: Record<string, JsonSchema> };

function collect(schemas: readonly z.ZodType[], io: "input" | "output"): Collected {
  const different = [...new Set(schemas)];
  if (different.length === 0) return { of: new Map(), components: {} };
  const { schemas: written, components } = jsonSchemas(different, io);
  return { of: new Map(different.map((schema, index) => [schema, written[index] ?? {}])), components };
}

function schemasSent({ params, query, headers, body }: Operation): z.ZodType[] {
  return [params, query, headers, body].filter((schema) => schema !== undefined);
}

function schemasAnswered({ answers }: Operation): z.ZodType[] {
  return Object.values(answers).flatMap(({ schema }) => schema ?? []);
}

function problemAnswers(operations: readonly Operation[]): OpenApiDocument["components"]["responses"] {
  const answers = operations.flatMap((operation) =>
    [...problemsByStatus(operation)].map(
      ([status, codes]) => [problemAnswerName(codes), problemAnswer(status, codes)] as const,
    ),
  );
  return Object.fromEntries(answers.toSorted(byName));
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

function components(sent: Collected, answered: Collected): Record<string, JsonSchema> {
  for (const [id, schema] of Object.entries(sent.components)) {
    const other = answered.components[id];
    // A default makes a field optional in what is sent and certain in what is answered.
    if (other !== undefined && JSON.stringify(other) !== JSON.stringify(schema))
      throw new Error(
        `${id} is one thing in requests and another in answers: give it two schemas and two ids.`,
      );
  }
  return Object.fromEntries(Object.entries({ ...sent.components, ...answered.components }).toSorted(byName));
}

function documented(operation: Operation, sent: Collected, answered: Collected): DocumentedOperation {
  const { id, tag, summary, description, access, params, query, headers, body } = operation;
  const parameters = [
    ...parametersIn("path", params, sent),
    ...parametersIn("query", query, sent),
    ...parametersIn("header", headers, sent),
  ];
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: securityOf(access),
    ...(access.kind === "person" ? { "x-capability": access.capability } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: requestBody(body, sent) }),
    responses: responses(operation, answered),
  };
}

function securityOf(access: Access): Record<string, string[]>[] {
  switch (access.kind) {
    case "none":
      return [];
    case "person":
      return access.via === "session" ? [{ session: [] }] : [{ session: [] }, { developerToken: [] }];
    case "session":
      return [{ session: [] }];
    case "agent":
      return [{ agentKey: [] }];
    case "own":
      return [{ [access.scheme]: [] }];
  }
}

function parametersIn(place: Parameter["in"], schema: z.ZodObject | undefined, sent: Collected): Parameter[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = resolved(schema, sent);
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property as JsonSchema;
    return {
      name,
      in: place,
      ...(description === undefined ? {} : { description }),
      required: required.includes(name),
      schema: rest,
    };
  });
}

// An absent body is read as `{}`, so a body is demanded only where something in it is.
function requestBody(body: z.ZodType, sent: Collected): DocumentedOperation["requestBody"] {
  const required = (resolved(body, sent).required ?? []).length > 0;
  return { required, content: { "application/json": { schema: sent.of.get(body) ?? {} } } };
}

function resolved(schema: z.ZodType, { of, components }: Collected): JsonSchema {
  const written = of.get(schema) ?? {};
  return written.$ref === undefined ? written : (components[written.$ref.slice(inDocument.length)] ?? {});
}

function responses(operation: Operation, answered: Collected): DocumentedOperation["responses"] {
  const answers = Object.entries(operation.answers).map(
    ([status, answer]) => [status, documentedAnswer(answer, answered)] as const,
  );
  const refusals = [...problemsByStatus(operation)].map(
    ([status, codes]) =>
      [String(status), { $ref: `#/components/responses/${problemAnswerName(codes)}` }] as const,
  );
  // Keys that are numbers come in the order of their numbers, whatever the order here.
  return Object.fromEntries([...answers, ...refusals]);
}

function documentedAnswer(
  { description, schema, content = {} }: Answer,
  { of }: Collected,
): DocumentedAnswer {
  const types: DocumentedAnswer["content"] = {};
  if (schema !== undefined) types["application/json"] = { schema: of.get(schema) ?? {} };
  for (const [type, what] of Object.entries(content))
    types[type] = { schema: { type: "string", description: what } };
  return { description, ...(Object.keys(types).length === 0 ? {} : { content: types }) };
}
