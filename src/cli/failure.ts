/** How a command ends, as its exit code says it. */
export const exitCodes = { done: 0, failed: 1, denied: 2, approvalRequired: 3, interrupted: 130 } as const;

/** Something that the person can put right: one sentence, and what to type or do next. */
export class UserError extends Error {
  readonly hint: string | undefined;

  constructor(sentence: string, hint?: string) {
    super(sentence);
    this.hint = hint;
  }
}

/** The person pressed Ctrl-C at a question. */
export class Cancelled extends UserError {
  constructor() {
    super("Cancelled. Nothing was changed.");
  }
}

/** Input that breaks a rule. Whoever knows its name puts the name before the rule. */
export class BrokenRule extends Error {}
