/** A binding with some of its members replaced. It is a host object: the others must be called on it itself. */
export function proxyOver<T extends object>(target: T, replaced: Record<string, unknown>): T {
  return new Proxy(target, {
    get: (bare, name) => {
      if (typeof name === "string" && Object.hasOwn(replaced, name)) return replaced[name];
      const member: unknown = Reflect.get(bare, name);
      return typeof member === "function"
        ? (...args: unknown[]) => Reflect.apply(member, bare, args) as unknown
        : member;
    },
  });
}
