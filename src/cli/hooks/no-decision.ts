/** Why there is no decision: one sentence, and what to do about it. Nothing runs without one. */
export class NoDecision extends Error {
  readonly hint: string | undefined;

  constructor(sentence: string, hint?: string) {
    super(sentence);
    this.hint = hint;
  }
}
