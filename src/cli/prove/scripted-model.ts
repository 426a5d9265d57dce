import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import * as z from "zod";

/** What the model does in one turn: it calls a tool, or it says something and is done. */
export type Turn =
  { tool: string; input: Record<string, unknown> | string; namespace?: string } | { say: string };

/** A turn, or what happens around the model before it takes its turn. */
export type Step = Turn | (() => Promise<Turn>);

export type ScriptedModel = {
  url: string;
  /** What the tools came to in this run, as the model was told. */
  heard: readonly string[];
  /** Begins a run: these steps, one after the other. */
  play: (...steps: Step[]) => void;
  [Symbol.asyncDispose]: () => Promise<void>;
};

const resultText = z.union([z.string(), z.array(z.object({ text: z.string().default("") }))]).default("");
const toolList = z.array(z.unknown()).default([]);

const messagesRequest = z.object({
  stream: z.boolean().default(false),
  tools: toolList,
  messages: z.array(
    z.object({
      content: z.union([
        z.string(),
        z.array(z.looseObject({ type: z.string(), content: resultText.optional().catch(undefined) })),
      ]),
    }),
  ),
});
const responsesRequest = z.object({
  tools: toolList,
  input: z.array(
    z.looseObject({
      type: z.string().default(""),
      output: resultText.optional().catch(undefined),
      tools: toolList.optional().catch(undefined),
    }),
  ),
});

type Event = { type: string } & Record<string, unknown>;

/**
 * A model on loopback that does what a script says: Anthropic's Messages for Claude Code, OpenAI's Responses for
 * Codex. What the real clients do with it is real.
 */
export async function scriptedModel(): Promise<ScriptedModel> {
  let steps: Step[] = [];
  let heard: string[] = [];
  const next = (tools: readonly unknown[], results: string[]): Promise<Turn> | Turn => {
    // Requests without tools are the client's own, such as for a title.
    if (tools.length === 0) return { say: "Done." };
    heard = results;
    const step = steps[results.length] ?? { say: "Done." };
    return typeof step === "function" ? step() : step;
  };

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (request.method !== "POST") return void response.writeHead(404).end();
    const body: unknown = await json(request);
    if (pathname.endsWith("/messages")) {
      const { tools, messages, stream } = messagesRequest.parse(body);
      const blocks = messages.flatMap(({ content }) => (typeof content === "string" ? [] : content));
      const results = blocks.filter(({ type }) => type === "tool_result");
      const turn = await next(
        tools,
        results.map(({ content }) => textOf(content)),
      );
      if (stream) return sendEvents(response, messageEvents(turn));
      return void response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify(messageOf(turn)));
    }
    if (pathname.endsWith("/responses")) {
      const { tools, input } = responsesRequest.parse(body);
      const results = input.filter(({ type }) => type.endsWith("_call_output"));
      // Models that call tools from a script are offered them inside the conversation.
      const inside = input.flatMap(({ type, tools }) => (type === "additional_tools" ? (tools ?? []) : []));
      const turn = await next(
        [...tools, ...inside],
        results.map(({ output }) => textOf(output)),
      );
      return sendEvents(response, responseEvents(turn));
    }
    response.writeHead(404).end();
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response
        .writeHead(400, { "content-type": "application/json" })
        .end(JSON.stringify({ error: String(error) }));
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("There is no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    get heard() {
      return heard;
    },
    play: (...script) => {
      steps = script;
      heard = [];
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function textOf(output: z.infer<typeof resultText> | undefined): string {
  return typeof output === "string" ? output : (output ?? []).map(({ text }) => text).join("");
}

const usage = { input_tokens: 1, output_tokens: 1 };

function messageOf(turn: Turn) {
  const content =
    "say" in turn
      ? [{ type: "text", text: turn.say }]
      : [{ type: "tool_use", id: callId(), name: turn.tool, input: turn.input }];
  const stop_reason = "say" in turn ? "end_turn" : "tool_use";
  return {
    id: callId("msg"),
    type: "message",
    role: "assistant",
    model: "fake",
    content,
    stop_reason,
    usage,
  };
}

function messageEvents(turn: Turn): Event[] {
  const message = messageOf(turn);
  const [block] = message.content;
  const delta =
    "say" in turn
      ? { type: "text_delta", text: turn.say }
      : { type: "input_json_delta", partial_json: JSON.stringify(turn.input) };
  const empty = "say" in turn ? { type: "text", text: "" } : { ...block, input: {} };
  return [
    { type: "message_start", message: { ...message, content: [], stop_reason: null } },
    { type: "content_block_start", index: 0, content_block: empty },
    { type: "content_block_delta", index: 0, delta },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: message.stop_reason }, usage },
    { type: "message_stop" },
  ];
}

function responseEvents(turn: Turn): Event[] {
  const id = callId("resp");
  const space = "namespace" in turn ? { namespace: turn.namespace } : {};
  const item =
    "say" in turn
      ? { type: "message", role: "assistant", content: [{ type: "output_text", text: turn.say }] }
      : typeof turn.input === "string"
        ? { type: "custom_tool_call", call_id: callId(), name: turn.tool, input: turn.input }
        : {
            type: "function_call",
            call_id: callId(),
            name: turn.tool,
            arguments: JSON.stringify(turn.input),
            ...space,
          };
  return [
    { type: "response.created", response: { id } },
    { type: "response.output_item.done", output_index: 0, item },
    { type: "response.completed", response: { id, usage: { ...usage, total_tokens: 2 } } },
  ];
}

function sendEvents(response: ServerResponse, events: readonly Event[]): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  response.end();
}

let calls = 0;
function callId(prefix = "call"): string {
  return `${prefix}_${++calls}`;
}
