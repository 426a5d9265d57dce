import { isDeepStrictEqual } from "node:util";
import type { CallToolResult } from "@modelcontextprotocol/server";
import { noDecision } from "../../../mcp/no-decision.ts";
import { decideCall, deedOf, type Connect, type GatewayFacts } from "./decide-call.ts";
import { type Line } from "./lines.ts";
import { errorOf, readMessage, type RequestId, type RpcError, type ToolCall } from "./read-message.ts";
import { refusedResult } from "./refused-result.ts";
import { questionIn, type Question } from "./server-question.ts";

type Ends = {
  connect: Connect;
  facts: GatewayFacts;
  /** Writes to the server behind, or to the client. Resolves when they have left. */
  toServer: (bytes: Uint8Array) => Promise<void>;
  toClient: (bytes: Uint8Array) => Promise<void>;
  note: (text: string) => void;
};

/** A question of the server in the middle of a call, and the allow under which the call was made. */
type Asked = { call: ToolCall; key: string; question: Question };

const maxCalls = 200;

/**
 * Stands between a client and a server that speak MCP in lines, in either era. A call of a tool is passed on when it is
 * allowed, as the very bytes that were read and verified; everything else goes through as it came.
 */
export class Gateway {
  readonly #ends: Ends;
  /** Calls that nothing has been decided about yet. */
  readonly #held = new Map<RequestId, AbortController>();
  /** Calls of the newer protocol that were made: their server may ask something back instead of answering. */
  readonly #made = new Map<RequestId, { call: ToolCall; key: string }>();
  /** Those of them that were cancelled and not answered: what comes for them late belongs to no other call. */
  readonly #abandoned = new Set<RequestId>();
  readonly #asked = new Set<Asked>();
  readonly #leaving = new AbortController();
  readonly #deciding = new Set<Promise<void>>();

  constructor(ends: Ends) {
    this.#ends = ends;
  }

  /** Takes a line of the client. Calls are decided beside it: what comes after one does not wait for it. */
  async fromClient(line: Line): Promise<void> {
    if (line === "too long") return this.#refuse("A line is too long to be checked.", errorOf(null, tooLong));
    const reading = readMessage(line);
    if (reading.kind === "refuse") return this.#refuse(reading.why, reading.answer);
    if (reading.kind === "pass") {
      for (const id of reading.cancelled) this.#cancel(id);
      return this.#ends.toServer(line);
    }
    const deciding = this.#decide(reading.call, line).finally(() => this.#deciding.delete(deciding));
    this.#deciding.add(deciding);
  }

  /** Takes a line of the server, which always reaches the client. */
  async fromServer(line: Buffer): Promise<void> {
    if (this.#made.size + this.#abandoned.size > 0) this.#noteAnswer(line);
    await this.#ends.toClient(line);
  }

  /** Waits until every call that came is decided. No person is waited for any longer. */
  async finish(): Promise<void> {
    this.#leaving.abort();
    await Promise.all(this.#deciding);
  }

  #cancel(id: RequestId): void {
    this.#held.get(id)?.abort();
    if (this.#made.delete(id)) this.#abandoned.add(id);
  }

  async #decide(call: ToolCall, line: Buffer): Promise<void> {
    const { id } = call;
    // Two calls under one id could be taken for each other, by us or by the server.
    if (this.#held.has(id) || this.#made.has(id) || this.#abandoned.has(id))
      return this.#refuse(
        "A call has an id in use.",
        errorOf(id, "This id is in use. The tool was not called."),
      );
    const cancelling = new AbortController();
    this.#held.set(id, cancelling);
    let answer: CallToolResult | undefined;
    try {
      answer = await this.#make(call, line, cancelling.signal);
    } catch (error) {
      answer = noDecision(error);
    } finally {
      this.#held.delete(id);
    }
    // Nobody waits for the answer to a call that was cancelled.
    if (answer === undefined || cancelling.signal.aborted) return;
    const result = call.isModern ? { ...answer, resultType: "complete" } : answer;
    await this.#tell({ jsonrpc: "2.0", id, result });
  }

  /** Makes the call when it is allowed; gives what to say instead otherwise. */
  async #make(call: ToolCall, line: Buffer, signal: AbortSignal): Promise<CallToolResult | undefined> {
    const { connect, facts, toServer } = this.#ends;
    if (this.#held.size + this.#made.size > maxCalls)
      throw new Error("Too many calls are under way at once.");
    const continued = this.#takeAsked(call);
    const leaving = this.#leaving.signal;
    const tell = (message: object) => void this.#tell(message);
    const decided = await decideCall(
      connect,
      facts,
      continued?.call ?? call,
      { signal, leaving, tell },
      continued?.key,
    );
    // An allow that came together with the cancellation is none any more.
    signal.throwIfAborted();
    if (decided.outcome === "refused") return refusedResult(decided, deedOf(facts, call.name));
    if (call.isModern) this.#made.set(call.id, { call, key: decided.key });
    await toServer(line);
    return undefined;
  }

  /**
   * The question that a call answers. In the newer protocol a server that needs to know more ends the call with a
   * question, and the client makes it again with the answer. It is the same use of the same allow, once.
   */
  #takeAsked(call: ToolCall): Asked | undefined {
    if (call.answers === undefined && call.requestState === undefined) return undefined;
    for (const asked of this.#asked) {
      const isSame =
        asked.call.name === call.name &&
        isDeepStrictEqual(asked.call.arguments, call.arguments) &&
        asked.question.requestState === call.requestState &&
        Object.keys(call.answers ?? {}).every((name) => asked.question.names.has(name));
      if (!isSame) continue;
      this.#asked.delete(asked);
      return asked;
    }
    throw new Error("This call answers a question that no call of this tool with these arguments was asked.");
  }

  #noteAnswer(line: Buffer): void {
    const answer = questionIn(line);
    if (answer === undefined) return;
    this.#abandoned.delete(answer.id);
    const made = this.#made.get(answer.id);
    if (made === undefined) return;
    this.#made.delete(answer.id);
    if (answer.question === undefined) return;
    this.#asked.add({ ...made, question: answer.question });
    const [oldest] = this.#asked;
    if (this.#asked.size > maxCalls && oldest !== undefined) this.#asked.delete(oldest);
  }

  async #refuse(why: string, answer: RpcError | RpcError[] | undefined): Promise<void> {
    this.#ends.note(`Not passed on: ${why}`);
    if (answer !== undefined) await this.#tell(answer);
  }

  #tell(message: object): Promise<void> {
    return this.#ends.toClient(Buffer.from(`${JSON.stringify(message)}\n`));
  }
}

const tooLong = "The line is too long to be checked, and was not passed on.";
