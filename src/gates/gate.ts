import { DurableObject } from "cloudflare:workers";
import type { AccountId, AgentId, ApprovalId, PermissionId, UserId } from "../contract/ids.ts";
import { newId } from "../crypto/ids.ts";
import { within } from "../within.ts";
import { approvalEvent, type GateIdentity } from "./approval-event.ts";
import { GateDrain, retryDelay } from "./gate-drain.ts";
import { gateName } from "./gate-name.ts";
import { type GateRecord, GateStore } from "./gate-store.ts";
import {
  type ApprovalState,
  ask,
  type AskAnswer,
  isOpen,
  learn,
  type Question,
  review,
  type ReviewAnswer,
  settle,
  type Standing,
} from "./transition.ts";
import { tellApprovals } from "./tell-approvals.ts";
import { waitSchema } from "./wait-request.ts";

export type AskRequest = Question & {
  accountId: AccountId;
  agentId: AgentId;
  permissionId: PermissionId;
  /** The origin that people open, for the links in events. */
  appUrl: string;
  now: number;
};

export type ReviewRequest = {
  approvalId: ApprovalId;
  verdict: "approve" | "deny";
  comment?: string | undefined;
  userId: UserId;
  /** The agent's present epoch, and whether the permission has ended, as far as the caller knows. */
  epoch: number;
  permissionEnded?: boolean | undefined;
  now: number;
};

export type GateReviewAnswer = ReviewAnswer | { kind: "unknown" };

// How long whoever was told of a request, or decided one, is kept until lists show it.
const listedWithinMs = 1_000;

const maxWaiting = 256;

type Step<Answer> = { answer: Answer; changes: ApprovalState[] };

/** The truth about one permission of one agent: what was asked, what people decided, what was spent. */
export class Gate extends DurableObject<Env> {
  readonly #store: GateStore;
  readonly #drain: GateDrain;
  #alarmAt: number | null = null;

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env);
    this.#store = new GateStore(ctx.storage);
    this.#drain = new GateDrain(this.#store, env, {
      onFailure: () => this.#wakeToDrain(),
      // Nothing waits for the feed, and nothing depends on it.
      onWatched: (copied) => ctx.waitUntil(tellApprovals(env, copied, Date.now())),
    });
    void ctx.blockConcurrencyWhile(async () => {
      this.#alarmAt = await ctx.storage.getAlarm();
    });
  }

  /** Spends the grant for this intent, or says what it waits for. */
  async ask(request: AskRequest): Promise<AskAnswer> {
    const { now, epoch } = request;
    const opened = newId("approval");
    const { answer } = this.#change(now, { epoch }, ({ standing }) => {
      this.#identify(request);
      const { intent, fingerprint, attempt } = request;
      if (intent.agentId !== request.agentId || intent.permissionId !== request.permissionId) {
        throw new Error("The intent is another gate's.");
      }
      const known = {
        standing,
        newest: this.#store.newestFor(fingerprint),
        usedByAttempt: this.#store.usedBy(attempt, fingerprint),
        pending: this.#store.pendingCount(),
      };
      return ask(known, request, opened, now);
    });
    // Not when it is opened only: whoever opened it may have died before it was listed.
    if (answer.kind === "pending" && !this.#store.isListed(answer.approvalId)) await this.#listed();
    return answer;
  }

  /** A person's verdict on a pending approval. */
  async review(request: ReviewRequest): Promise<GateReviewAnswer> {
    const { approvalId, epoch, permissionEnded, now } = request;
    const news = { epoch, permissionEnded: permissionEnded === true };
    const { answer } = this.#change<GateReviewAnswer>(now, news, ({ standing }) => {
      const approval = this.#store.approval(approvalId);
      if (approval === undefined) return { answer: { kind: "unknown" }, changes: [] };
      const reviewed = review(approval, standing, request, now);
      const changes = reviewed.approval === approval ? [] : [reviewed.approval];
      return { answer: reviewed.answer, changes };
    });
    if (answer.kind === "approved" || answer.kind === "denied") await this.#listed();
    return answer;
  }

  /** The permission has ended, or the agent was disabled: what is open becomes void, now and for facts that come late. */
  async end(news: Standing & { now: number }): Promise<{ voided: number }> {
    const { permissionEnded, epoch, now } = news;
    const { changes } = this.#change(now, { permissionEnded, epoch }, () => nothing);
    return { voided: changes.filter(({ status }) => status === "void").length };
  }

  /** An approval as it is now. */
  async read({
    approvalId,
    now,
  }: {
    approvalId: ApprovalId;
    now: number;
  }): Promise<ApprovalState | undefined> {
    this.#change(now, {}, () => nothing);
    return this.#store.approval(approvalId);
  }

  /** Time has passed, or an outbox could not be emptied. Late alarms do no harm: every method looks at the time first. */
  override async alarm(): Promise<void> {
    this.#alarmAt = null;
    const now = Date.now();
    this.#change(now, {}, () => nothing);
    if (this.#store.hasOutbox()) await this.#drain.start();
    this.#store.prune(now);
    const due = this.#store.nextDue();
    if (due !== null) this.#wake(due);
  }

  /**
   * Holds a WebSocket until the approval changes. The socket lives outside of this object, which may sleep
   * meanwhile: no timer and no promise waits here. 204 says that there is nothing to wait for.
   */
  override async fetch(request: Request): Promise<Response> {
    const wait = waitSchema.safeParse(Object.fromEntries(new URL(request.url).searchParams));
    if (!wait.success || request.headers.get("upgrade") !== "websocket") {
      return new Response(null, { status: 400 });
    }
    const { approvalId, known, now } = wait.data;
    this.#change(now, {}, () => nothing);
    const approval = this.#store.approval(approvalId);
    if (approval === undefined || approval.status !== known || !isOpen(approval)) {
      return new Response(null, { status: 204 });
    }
    if (this.ctx.getWebSockets().length >= maxWaiting) return new Response(null, { status: 503 });
    const { 0: outside, 1: inside } = new WebSocketPair();
    this.ctx.acceptWebSocket(inside, [approvalId]);
    return new Response(null, { status: 101, webSocket: outside });
  }

  override async webSocketMessage(socket: WebSocket): Promise<void> {
    socket.close(1008, "Nothing is taken here.");
  }

  // INVARIANT: no await between reading and writing a grant; two callers would both win. So `step` is
  // synchronous, and rows, standing and outbox are one transaction.
  #change<Answer>(
    now: number,
    news: Partial<Standing>,
    step: (gate: GateRecord) => Step<Answer>,
  ): Step<Answer> {
    // A comparison with NaN is false: nothing would ever have expired or be void.
    if (!Number.isFinite(now)) throw new TypeError("now must be a time.");
    if (!Number.isSafeInteger(news.epoch ?? 0)) throw new TypeError("epoch must be a whole number.");
    const result = this.ctx.storage.transactionSync(() => {
      const settled = this.#settle(now, news);
      const { answer, changes } = step(this.#store.gate());
      this.#keep(changes, now);
      return { answer, changes: [...settled, ...changes] };
    });
    if (result.changes.length > 0) {
      this.#wakeToDrain();
      this.ctx.waitUntil(this.#drain.start());
      this.#tellWaiting(result.changes);
    }
    return result;
  }

  #settle(now: number, news: Partial<Standing>): ApprovalState[] {
    const gate = this.#store.gate();
    const standing = learn(gate.standing, news);
    const isNews =
      standing.permissionEnded !== gate.standing.permissionEnded || standing.epoch !== gate.standing.epoch;
    if (isNews) this.#store.saveGate({ ...gate, standing });
    const settled = (isNews ? this.#store.open() : this.#store.due(now)).flatMap((approval) => {
      const after = settle(approval, standing, now);
      return after === approval ? [] : [after];
    });
    this.#keep(settled, now);
    return settled;
  }

  #keep(changes: readonly ApprovalState[], now: number): void {
    const { identity, appUrl } = this.#store.gate();
    for (const approval of changes) {
      if (identity === undefined) throw new Error("A gate without an identity has no approvals.");
      this.#store.save(approval, now);
      const event = approvalEvent(identity, approval, appUrl, newId("event"), now);
      if (event !== undefined) this.#store.addEvent(event);
    }
  }

  // A caller that mixed up two agents must not open, spend or list one's grant for the other.
  #identify({ accountId, agentId, permissionId, appUrl }: GateIdentity & { appUrl: string }): void {
    const gate = this.#store.gate();
    const { identity } = gate;
    const isMine =
      identity === undefined
        ? this.env.GATE.idFromName(gateName(agentId, permissionId)).equals(this.ctx.id)
        : identity.accountId === accountId &&
          identity.agentId === agentId &&
          identity.permissionId === permissionId;
    if (!isMine) throw new Error("This gate belongs to another permission.");
    if (identity === undefined || gate.appUrl !== appUrl) {
      this.#store.saveGate({ ...gate, identity: { accountId, agentId, permissionId }, appUrl });
    }
  }

  #tellWaiting(changes: readonly ApprovalState[]): void {
    for (const { approvalId, status } of changes) {
      for (const socket of this.ctx.getWebSockets(approvalId)) {
        try {
          socket.send(status);
          socket.close(1000);
        } catch {
          // It was told before and is slow to close. What has happened counts, whoever hears of it.
        }
      }
    }
  }

  async #listed(): Promise<void> {
    await within(listedWithinMs, this.#drain.start());
  }

  #wakeToDrain(): void {
    const retryAt = Date.now() + retryDelay(this.#store.failures());
    this.#wake(Math.min(retryAt, this.#store.nextDue() ?? retryAt));
  }

  #wake(at: number): void {
    if (this.#alarmAt !== null && this.#alarmAt <= at) return;
    this.#alarmAt = at;
    this.ctx.waitUntil(this.ctx.storage.setAlarm(at));
  }
}

const nothing: Step<undefined> = { answer: undefined, changes: [] };
