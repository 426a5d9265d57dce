import type { Capability } from "../../contract/people.ts";
import type { JsonSchema } from "./json-schema.ts";

/** The parts of an OpenAPI 3.1 document that ours has. */
export type OpenApiDocument = {
  openapi: "3.1.0";
  info: {
    title: string;
    version: string;
    summary: string;
    description: string;
    license: { name: string; identifier: string };
  };
  servers: { url: string; description: string }[];
  tags: { name: string }[];
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: {
    schemas: Record<string, JsonSchema>;
    responses: Record<string, DocumentedAnswer>;
    securitySchemes: Record<string, SecurityScheme>;
  };
};

export type DocumentedOperation = {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security: Record<string, string[]>[];
  /** What the person's roles must allow. */
  "x-capability"?: Capability;
  parameters?: Parameter[];
  requestBody?: { required: boolean; content: Content };
  /** By status: its own answers, and references to those that operations share. */
  responses: Record<string, DocumentedAnswer | { $ref: string }>;
};

export type Parameter = {
  name: string;
  in: "path" | "query" | "header";
  description?: string;
  required: boolean;
  schema: JsonSchema;
};

export type Content = Record<string, { schema: JsonSchema }>;

export type DocumentedAnswer = {
  description: string;
  headers?: Record<string, { description: string; schema: JsonSchema }>;
  content?: Content;
};

export type SecurityScheme = { description: string } & (
  { type: "http"; scheme: "bearer" } | { type: "apiKey"; in: "header" | "cookie"; name: string }
);
