import { ambiguityIn } from "../../../contract/ambiguous-json.ts";

export type RequestId = string | number;
export type ProgressToken = string | number;

/** A call of a tool, read in the only way in which it can be read. */
export type ToolCall = {
  id: RequestId;
  name: string;
  arguments: Record<string, unknown> | undefined;
  /** What a client of the newer protocol answers to a question of the server, when it makes the same call again. */
  answers: Record<string, unknown> | undefined;
  requestState: string | undefined;
  /** Under which the client wants to hear how the call goes on. */
  progressToken: ProgressToken | undefined;
  isModern: boolean;
};

export type RpcError = { jsonrpc: "2.0"; id: RequestId | null; error: { code: number; message: string } };

export type Reading =
  | { kind: "pass"; cancelled: RequestId[] }
  | { kind: "call"; call: ToolCall }
  | { kind: "refuse"; why: string; answer: RpcError | RpcError[] | undefined };

const parseError = -32700;
const invalidRequest = -32600;
const invalidParams = -32602;
const members = new Set(["jsonrpc", "id", "method", "params", "result", "error"]);
// Of these an approval is bound to the name and the arguments. What stands in _meta is between programs and changes with
// every try: a model does not write it, and a tool does not act on it.
const callMembers = new Set(["name", "arguments", "_meta", "task", "inputResponses", "requestState"]);
const callMethod = "tools/call";
// Of the newer protocol, whose requests name it each.
const versionKey = "io.modelcontextprotocol/protocolVersion";

/**
 * What a line of the client is. The server behind reads the same bytes with a parser of its own, so whatever two
 * parsers could take for two things is refused: only then is a line that is no tool call here none there.
 */
export function readMessage(line: Uint8Array): Reading {
  let text: string;
  let value: unknown;
  try {
    // A byte order mark stays and is refused with the rest: some drop it and some do not.
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line).replace(/\r?\n?$/, "");
    if (/^[ \t]*$/.test(text)) return { kind: "pass", cancelled: [] };
    value = JSON.parse(text);
  } catch {
    return refuse(null, "The line is not JSON in UTF-8.", parseError);
  }
  // JSON takes it for a blank. There are readers who take it for the end of a line, and what follows for a message.
  if (text.includes("\r")) return refuse(null, "The line has a carriage return in it.");
  const ambiguity = ambiguityIn(text, { ignoresNumbers: true });
  if (ambiguity !== undefined) return refuse(idOf(value), `${ambiguity.field} ${ambiguity.rule}.`);
  return Array.isArray(value) ? readBatch(value) : readOne(value, text);
}

function readOne(value: unknown, text: string): Reading {
  if (!isObject(value)) return refuse(null, "A message must be an object.");
  const id = idOf(value);
  // Servers in some languages match names whatever their case, so "Method" would be one more "method".
  const odd = Object.keys(value).find((name) => !members.has(name));
  if (odd !== undefined) return refuse(id, `A message has no member ${JSON.stringify(odd)}.`);
  const { method } = value;
  if (!("method" in value)) return { kind: "pass", cancelled: [] };
  if (typeof method !== "string") return refuse(id, "method must be a string.");
  if ("result" in value || "error" in value) return refuse(id, "A message asks or answers, not both.");
  if (method === callMethod) return readCall(value, text);
  if (readsLikeCall(method)) return refuse(id, `The method for calling a tool is ${callMethod}, exactly.`);
  const isCancelling = method === "notifications/cancelled" && isObject(value["params"]);
  const cancelled = isCancelling ? idOf({ id: (value["params"] as Message)["requestId"] }) : null;
  return { kind: "pass", cancelled: cancelled === null ? [] : [cancelled] };
}

function readCall(value: Message, text: string): Reading {
  const id = idOf(value);
  // Nobody could be told that it was refused; and an id like null is a request to some and a notification to others.
  if (id === null) return { kind: "refuse", why: "A tool call must have an id.", answer: undefined };
  const wrong = (rule: string) => refuse(id, `${rule} The tool was not called.`, invalidParams);
  if (value["jsonrpc"] !== "2.0") return wrong('jsonrpc must be "2.0".');
  const { params } = value;
  if (!isObject(params)) return wrong("params must be an object.");
  const odd = Object.keys(params).find((name) => !callMembers.has(name));
  if (odd !== undefined) return wrong(`A tool call has no parameter ${JSON.stringify(odd)}.`);
  const { name, arguments: given, inputResponses, requestState, _meta } = params;
  // Anything trimmed or invisible would be verified under one name and called under another.
  if (typeof name !== "string" || !/^[^\p{C}\p{Z}]+(?: [^\p{C}\p{Z}]+)*$/u.test(name))
    return wrong("name must be the name of a tool.");
  if (given !== undefined && !isObject(given)) return wrong("arguments must be an object.");
  if (inputResponses !== undefined && !isObject(inputResponses))
    return wrong("inputResponses must be an object.");
  if (requestState !== undefined && typeof requestState !== "string")
    return wrong("requestState must be a string.");
  const ambiguity = ambiguityIn(text);
  if (ambiguity !== undefined) return wrong(`${ambiguity.field} ${ambiguity.rule}.`);
  const meta = isObject(_meta) ? _meta : {};
  const progressToken = idOf({ id: meta["progressToken"] }) ?? undefined;
  const isModern = Object.hasOwn(meta, versionKey);
  return {
    kind: "call",
    call: { id, name, arguments: given, answers: inputResponses, requestState, progressToken, isModern },
  };
}

/** Several messages at once, as an older protocol had it. They pass when not one of them calls a tool. */
function readBatch(messages: readonly unknown[]): Reading {
  const readings = messages.map((message) => readOne(message, JSON.stringify(message)));
  if (messages.length > 0 && readings.every((reading) => reading.kind === "pass"))
    return { kind: "pass", cancelled: readings.flatMap(({ cancelled }) => cancelled) };
  const why =
    "A batch that calls a tool, or has a message that is none, is not passed on. Send them one by one.";
  const ids = messages.map(idOf).filter((id) => id !== null);
  const answer = ids.map((id) => errorOf(id, why, invalidRequest));
  return { kind: "refuse", why, answer: answer.length === 0 ? errorOf(null, why, invalidRequest) : answer };
}

type Message = Record<string, unknown>;

function isObject(value: unknown): value is Message {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function idOf(value: unknown): RequestId | null {
  const id = isObject(value) ? value["id"] : undefined;
  return typeof id === "string" || Number.isSafeInteger(id) ? (id as RequestId) : null;
}

function readsLikeCall(method: string): boolean {
  const folded = method.normalize("NFKC").toUpperCase().toLowerCase();
  return folded.replaceAll(/[^a-z/]/g, "") === callMethod;
}

function refuse(id: RequestId | null, why: string, code = invalidRequest): Reading {
  return { kind: "refuse", why, answer: errorOf(id, why, code) };
}

/** A JSON-RPC error, as a whole message. */
export function errorOf(id: RequestId | null, message: string, code = invalidRequest): RpcError {
  return { jsonrpc: "2.0", id, error: { code, message } };
}
