import { proxyOver } from "./proxy-over.ts";

/** What a request costs, counted at the bindings. */
export type Counts = {
  d1Statements: number;
  durableObjectCalls: number;
  rowsRead: number;
  rowsWritten: number;
  queueMessages: number;
};

export function noCounts(): Counts {
  return {
    d1Statements: 0,
    durableObjectCalls: 0,
    rowsRead: 0,
    rowsWritten: 0,
    queueMessages: 0,
  };
}

/** The same bindings, with every use of D1, Durable Objects and queues counted on its way through. */
export function countedEnv<E extends Env>(env: E, counts: Counts): E {
  return {
    ...env,
    DB: countedDatabase(env.DB, counts),
    GATE: countedNamespace(env.GATE, counts),
    LEDGER: countedNamespace(env.LEDGER, counts),
    FEED: countedNamespace(env.FEED, counts),
    EVENTS: countedQueue(env.EVENTS, counts),
  };
}

type Meta = { meta: { rows_read: number; rows_written: number } };

function add(counts: Counts, results: readonly Meta[]): void {
  for (const { meta } of results) {
    counts.rowsRead += meta.rows_read;
    counts.rowsWritten += meta.rows_written;
  }
}

function countedDatabase(db: D1Database, counts: Counts): D1Database {
  const counted = new WeakMap<object, D1PreparedStatement>();
  const statement = (bare: D1PreparedStatement): D1PreparedStatement => {
    const wrapped = proxyOver(bare, {
      bind: (...values: unknown[]) => statement(bare.bind(...values)),
      // Through `all`, which is the one that says what it read.
      first: async (column?: string) => {
        const [row] = (await run(bare)).results;
        return row === undefined ? null : column === undefined ? row : row[column];
      },
      all: () => run(bare),
      run: () => run(bare),
      raw: (...options: []) => {
        counts.d1Statements += 1;
        return bare.raw(...options);
      },
    });
    counted.set(wrapped, bare);
    return wrapped;
  };
  const run = async (bare: D1PreparedStatement) => {
    counts.d1Statements += 1;
    const result = await bare.all();
    add(counts, [result]);
    return result;
  };
  return proxyOver(db, {
    prepare: (sql: string) => statement(db.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) => {
      counts.d1Statements += statements.length;
      const results = await db.batch(statements.map((each) => counted.get(each) ?? each));
      add(counts, results);
      return results;
    },
  });
}

function countedNamespace<N extends object>(namespace: N, counts: Counts): N {
  const stubs =
    (name: "get" | "getByName") =>
    (...args: unknown[]) => {
      const make: unknown = Reflect.get(namespace, name);
      const stub = Reflect.apply(make as () => object, namespace, args);
      return new Proxy(stub, {
        get: (bare, name) => {
          const member: unknown = Reflect.get(bare, name);
          if (typeof member !== "function") return member;
          return (...values: unknown[]) => {
            counts.durableObjectCalls += 1;
            return Reflect.apply(member, bare, values) as unknown;
          };
        },
      });
    };
  return proxyOver(namespace, { get: stubs("get"), getByName: stubs("getByName") });
}

function countedQueue<Body>(queue: Queue<Body>, counts: Counts): Queue<Body> {
  return proxyOver(queue, {
    send: (...args: Parameters<Queue<Body>["send"]>) => {
      counts.queueMessages += 1;
      return queue.send(...args);
    },
    sendBatch: (messages: Iterable<MessageSendRequest<Body>>) => {
      const all = [...messages];
      counts.queueMessages += all.length;
      return queue.sendBatch(all);
    },
  });
}
