import { proxyOver } from "../support/proxy-over.ts";
import type { TakeStep } from "./turns.ts";

/** The same bindings, where each step to D1 or to a Durable Object waits for its turn. */
export function heldEnv<E extends Env>(env: E, takeStep: TakeStep): E {
  return {
    ...env,
    DB: heldDatabase(env.DB, takeStep),
    GATE: heldNamespace(env.GATE, "gate", takeStep),
    LEDGER: heldNamespace(env.LEDGER, "ledger", takeStep),
  };
}

function heldDatabase(db: D1Database, takeStep: TakeStep): D1Database {
  const bares = new WeakMap<object, D1PreparedStatement>();
  const statement = (bare: D1PreparedStatement): D1PreparedStatement => {
    const held = proxyOver(bare, {
      bind: (...values: unknown[]) => statement(bare.bind(...values)),
      ...heldMethods(bare, ["first", "all", "run", "raw"], "D1", takeStep),
    });
    bares.set(held, bare);
    return held;
  };
  return proxyOver(db, {
    prepare: (sql: string) => statement(db.prepare(sql)),
    batch: (statements: D1PreparedStatement[]) =>
      takeStep("D1 batch", () => db.batch(statements.map((each) => bares.get(each) ?? each))),
  });
}

function heldNamespace<N extends { getByName: (name: string) => object }>(
  namespace: N,
  name: string,
  takeStep: TakeStep,
): N {
  const getByName = (object: string) => {
    const stub = namespace.getByName(object);
    return new Proxy(stub, {
      get: (bare, member) => {
        const method: unknown = Reflect.get(bare, member);
        if (typeof method !== "function" || typeof member !== "string") return method;
        return (...args: unknown[]) =>
          takeStep(`${name}.${member}`, async () => (await Reflect.apply(method, bare, args)) as unknown);
      },
    });
  };
  return proxyOver(namespace, { getByName });
}

function heldMethods(bare: object, names: readonly string[], where: string, takeStep: TakeStep) {
  const held = (name: string) =>
    [
      name,
      (...args: unknown[]) =>
        takeStep(`${where} ${name}`, async () => {
          const method: unknown = Reflect.get(bare, name);
          return (await Reflect.apply(method as () => unknown, bare, args)) as unknown;
        }),
    ] as const;
  return Object.fromEntries(names.map(held));
}
