import officialSchema from "@seriousme/openapi-schema-validator/schemas/v3.1/schema.json" with { type: "json" };
import Ajv2020 from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { exports } from "cloudflare:workers";
import * as fc from "fast-check";
import { describe, expect, it, inject } from "vitest";
import { createApp } from "../../src/api/app.ts";
import type { DocumentedOperation, OpenApiDocument } from "../../src/api/openapi/document.ts";
import { docsPage } from "../../src/api/openapi/docs-page.ts";
import { openApiDocument } from "../../src/api/openapi/openapi-document.ts";
import { honoPath } from "../../src/api/operation.ts";
import { routes } from "../../src/api/routes.ts";
import { problems } from "../../src/contract/problem.ts";
import { newAgent, type TestAgent } from "./agent-scene.ts";
import { answersOf } from "./documented-answer.ts";
import { newDelivery } from "./delivery-scene.ts";
import { type Attempt, attempts, elsewhere, type KnownIds } from "./hostile-request.ts";
import { json, newOwner, newToken, send, site, type Someone } from "./people-scene.ts";

// For each operation, on top of its fair calls. Longer (BEHALF_FUZZ_MS) finds more: the seed of what fails is printed.
const fuzzMs = inject("fuzzMs");
const fuzzRuns = Math.ceil(fuzzMs * 0.4);

const served = await exports.default.fetch(`${site}/api/openapi.json`);
const document = await served.clone().json<OpenApiDocument>();

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    path,
    method,
    operation,
    id: operation.operationId,
  })),
);

describe("the OpenAPI document", () => {
  it("is valid OpenAPI 3.1", () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats(ajv);
    const validate = ajv.compile(officialSchema);
    expect(validate(document), ajv.errorsText(validate.errors)).toBe(true);
  });

  it("is what the routes' definitions say, to the byte", () => {
    const made = openApiDocument(
      routes.map(({ operation }) => operation),
      document.info.version,
    );
    expect(JSON.stringify(document) === JSON.stringify(made), "Run `npm run generate`.").toBe(true);
  });

  it("holds every route that is served, and no other", () => {
    const listed = operations.map(({ method, path }) => `${method.toUpperCase()} ${honoPath(path)}`);
    const isOperation = ({ method, path }: { method: string; path: string }) =>
      method !== "ALL" && path !== "/*";
    const handled = createApp()
      .routes.filter(isOperation)
      .map(({ method, path }) => `${method} ${path}`);
    expect(new Set(listed)).toEqual(new Set(handled));
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
  });

  it("refers only to what is in it", () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, ref = ""]) => ref);
    expect(refs.length).toBeGreaterThan(100);
    for (const ref of refs) {
      const found = ref
        .split("/")
        .reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], document);
      expect(found, ref).toBeTypeOf("object");
    }
  });

  it("says of every operation what it answers and how it fails", () => {
    for (const { id, operation } of operations) {
      const statuses = Object.keys(operation.responses);
      expect(
        statuses.some((status) => /^[123]/.test(status)),
        id,
      ).toBe(true);
      expect(statuses, id).toContain("500");
      expect(operation.security.length === 0 || statuses.includes("401"), id).toBe(true);
    }
  });

  it("demands a body only where something in it is demanded", () => {
    expect(document.paths["/api/verify"]?.["post"]?.requestBody?.required).toBe(true);
    expect(document.paths["/api/agents"]?.["post"]?.requestBody?.required).toBe(false);
  });

  it("may be kept for five minutes", () => {
    expect(served.headers.get("Cache-Control")).toBe("public, max-age=300");
  });
});

describe("the page", () => {
  it("shows every operation and every schema, and runs nothing", async () => {
    const answer = await exports.default.fetch(`${site}/api/docs`);
    const page = await answer.text();
    expect(answer.headers.get("Content-Type")).toMatch(/^text\/html/);
    for (const { id } of operations) expect(page).toContain(`id="op-${id}"`);
    for (const name of Object.keys(document.components.schemas))
      expect(page).toContain(`id="schema-${name}"`);
    const anchors = [...page.matchAll(/href="#([^"]+)"/g)].map(([, anchor = ""]) => anchor);
    for (const anchor of new Set(anchors)) expect(page).toContain(`id="${anchor}"`);
    expect(page).not.toMatch(/<script|<[^>]+\son\w+=|javascript:|(src|href|action)="(?![#/])/i);
  });

  it("allows its own style by its hash and nothing else", async () => {
    const answer = await exports.default.fetch(`${site}/api/docs`);
    const style = /<style>([\s\S]*?)<\/style>/.exec(await answer.text())?.[1] ?? "";
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
    const policy = answer.headers.get("Content-Security-Policy");
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(policy).toContain(`'sha256-${hash}'`);
    expect(policy).not.toContain("unsafe");
  });

  it("escapes whatever the document says", async () => {
    const attack = `"><img src=x onerror=alert(1)>'`;
    const structural = new Set(["$ref", "type", "in", "openapi"]);
    const hostile = JSON.parse(JSON.stringify(document), (key, value: unknown) =>
      typeof value !== "string" || structural.has(key) || value in problems ? value : value + attack,
    ) as OpenApiDocument;
    hostile.paths[attack] = { [attack]: hostile.paths["/api/verify"]?.["post"] as DocumentedOperation };
    hostile.components.schemas[attack] = { type: "object", properties: { [attack]: { const: attack } } };
    const page = await docsPage(hostile);
    expect(page).toContain("&lt;img src=x");
    expect(page).not.toContain("<img");
  });
});

describe("whatever is sent", () => {
  const expectDocumented = answersOf(document);
  let scene: Scene | undefined;

  it.each(operations)(
    "$id answers as documented",
    { timeout: 20_000 + 2 * fuzzMs },
    async ({ path, method, operation }) => {
      // What one operation signed out, rotated or deleted is not what the next can be called with.
      if (scene === undefined || !(await isAlive(scene))) scene = await newScene();
      const { callers, known } = scene;
      const { fair, any } = attempts(document, path, operation, known);
      const statuses = new Set<number>();
      async function call(attempt: Attempt, caller: string): Promise<void> {
        const answer = await exports.default.fetch(`${site}${attempt.path}`, {
          method: method.toUpperCase(),
          headers: { "CF-Connecting-IP": crypto.randomUUID(), ...attempt.headers, ...callers[caller] },
          redirect: "manual",
          ...(attempt.body === undefined || method === "get" ? {} : { body: attempt.body }),
        });
        statuses.add(answer.status);
        const text = await expectDocumented(path, method, answer);
        const said = `${text} ${[...answer.headers.values()].join(" ")}`;
        expect(said, `${caller} ${attempt.path}`).not.toContain(neighbourName);
        // Who sends it may read it again where it was stored, but not as an address of ours.
        expect(said, `${caller} ${attempt.path}`).not.toContain(`//${elsewhere}`);
        expect(answer.headers.get("X-Request-Id")).not.toBe(attempt.headers["X-Request-Id"]);
      }

      const rightful = rightfulCallers(operation);
      for (const one of rightful)
        await fc.assert(
          fc.asyncProperty(fair, (attempt) => call(attempt, one)),
          { numRuns: 2 },
        );
      // Who stops at the door tests nothing behind it.
      const isOpen = operation.security.length === 0;
      expect(isOpen || [...statuses].some((status) => status !== 401 && status !== 403)).toBe(true);

      const end = Date.now() + fuzzMs;
      const caller = fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(...rightful) },
        fc.constantFrom(...Object.keys(callers)),
      );
      await fc.assert(
        fc.asyncProperty(any, caller, async (attempt, by) => {
          if (Date.now() < end) await call(attempt, by);
        }),
        { numRuns: fuzzRuns },
      );
    },
  );
});

type Scene = { agent: TestAgent; callers: Record<string, Record<string, string>>; known: KnownIds };

// Somebody in another workspace, whose ids the callers know. All that is theirs is called this, and no answer says so.
const neighbourName = "neighbour-7f3a9c";
let neighbour: Workspace | undefined;

type Workspace = { owner: Someone; agent: TestAgent; ids: KnownIds };

async function newWorkspace(name: string): Promise<Workspace> {
  const owner = await newOwner();
  const { cookie } = owner;
  await json(send("PATCH", "/api/dashboard/settings", { cookie, body: { name } }));
  const [agent, { tokenId }] = await Promise.all([newAgent(owner, name), newToken(owner, name)]);
  const gated = await agent.permit({ action: "deploy", requiresApproval: true, description: name });
  const pending = await agent.hold("deploy", { body: { vendor: name } });
  const denied = await agent.hold("deploy", { body: { vendor: name, amount: 1 } });
  await json(agent.decide(denied, "deny", name));
  const { requestId } = await agent.verify("nothing", { body: { vendor: name } });
  const { invitation } = await json<{ invitation: { invitationId: string } }>(
    send("POST", "/api/dashboard/invitations", {
      cookie,
      body: { email: `${name}@example.com`, roles: ["viewer"] },
    }),
    201,
  );
  const { webhook } = await json<{ webhook: { webhookId: string } }>(
    send("POST", "/api/dashboard/webhooks", {
      cookie,
      body: { url: `https://${name}.invalid/hook`, events: ["webhook.test"] },
    }),
    201,
  );
  const { deliveryId, eventId } = await newDelivery(owner, webhook.webhookId);
  const ids = {
    agent: [agent.agentId],
    perm: [gated],
    apr: [pending, denied],
    req: [requestId],
    tok: [tokenId],
    inv: [invitation.invitationId],
    wh: [webhook.webhookId],
    dlv: [deliveryId],
    evt: [eventId],
    user: [owner.userId],
    acct: [owner.accountId],
  };
  return { owner, agent, ids };
}

async function newScene(): Promise<Scene> {
  neighbour ??= await newWorkspace(neighbourName);
  // An invitation is read by whoever was given its id.
  const theirs: KnownIds = { ...neighbour.ids, inv: [] };
  const { owner, agent, ids } = await newWorkspace(`ours-${crypto.randomUUID()}`);
  const { token } = await newToken(owner);
  const { token: passport } = await json<{ token: string }>(agent.manage("/passport"), 201);
  const cookie = { Cookie: `behalfid_developer=${owner.cookie}` };
  const known = Object.fromEntries(
    Object.entries(ids).map(([prefix, ours]) => [
      prefix,
      [...ours, ...(theirs[prefix] ?? []), `${prefix}_nobody0000000000`],
    ]),
  );
  return {
    agent,
    callers: {
      session: { ...cookie, Origin: site },
      developerToken: { "X-Developer-Token": token },
      agentKey: { Authorization: `Bearer ${agent.apiKey}` },
      passport: { Authorization: `Bearer ${passport}` },
      nobody: {},
      stranger: { Authorization: `Bearer bhf_sk_${"A".repeat(43)}` },
      markup: {
        Authorization: "Bearer <b>",
        "X-Developer-Token": "' OR 1=1",
        Cookie: "behalfid_developer=%00.x",
      },
      doubled: {
        Authorization: `Bearer ${agent.apiKey}, Bearer ${agent.apiKey}`,
        Cookie: `${cookie.Cookie}; ${cookie.Cookie}`,
      },
      elsewhere: { ...cookie, Origin: `https://${elsewhere}` },
    },
    known,
  };
}

async function isAlive({ agent, callers }: Scene): Promise<boolean> {
  const calls = [
    ["/api/dashboard/settings", "session"],
    ["/api/dashboard/settings", "developerToken"],
    [`/api/agents/${agent.agentId}`, "agentKey"],
    [`/api/passport/${agent.agentId}`, "passport"],
  ] as const;
  const answers = await Promise.all(
    calls.map(([path, caller]) =>
      exports.default.fetch(`${site}${path}`, { headers: callers[caller] ?? {} }),
    ),
  );
  await Promise.all(answers.map((answer) => answer.text()));
  return answers.every(({ ok }) => ok);
}

function rightfulCallers({ security }: DocumentedOperation): string[] {
  return security.length === 0 ? ["nobody"] : security.flatMap((one) => Object.keys(one));
}
