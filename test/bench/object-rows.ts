type Counted = { rowsRead: number; rowsWritten: number };

/**
 * Counts the rows that objects read and write in their own storage, as they are billed: those of SQL as SQLite
 * counts them, a value by its key as one, and an alarm that is set as one written.
 */
export class ObjectRows {
  #cursors: Counted[] = [];
  #isWatching = false;
  readonly #sum: Counted = { rowsRead: 0, rowsWritten: 0 };

  /** All objects of a Worker share the methods of their storage: watching that of one is watching all. */
  watch(storage: DurableObjectStorage): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    this.#replace(storage.sql, "exec", (result) => void this.#cursors.push(result as Counted));
    this.#replace(storage.kv, "get", () => (this.#sum.rowsRead += 1));
    for (const name of ["put", "delete"]) this.#replace(storage.kv, name, () => (this.#sum.rowsWritten += 1));
    this.#replace(storage, "setAlarm", () => (this.#sum.rowsWritten += 1));
  }

  count(): { objectRowsRead: number; objectRowsWritten: number } {
    this.#fold();
    return { objectRowsRead: this.#sum.rowsRead, objectRowsWritten: this.#sum.rowsWritten };
  }

  #replace(target: object, name: string, seen: (result: unknown) => void): void {
    const prototype = Object.getPrototypeOf(target) as Record<string, (...args: unknown[]) => unknown>;
    const method = prototype[name];
    if (method === undefined) throw new Error(`Storage has no ${name}.`);
    const fold = () => {
      if (this.#cursors.length > 1000) this.#fold();
    };
    prototype[name] = function (...args) {
      const result = Reflect.apply(method, this, args);
      seen(result);
      fold();
      return result;
    };
  }

  // A cursor knows its rows when it has been read to the end, which is by now.
  #fold(): void {
    for (const { rowsRead, rowsWritten } of this.#cursors) {
      this.#sum.rowsRead += rowsRead;
      this.#sum.rowsWritten += rowsWritten;
    }
    this.#cursors = [];
  }
}
