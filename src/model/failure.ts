/** Why a call gave no usable answer, in one word: a metric label and `error.type` of its span. */
export type FailureKind =
  | 'unavailable'
  | 'unreachable'
  | 'unauthorized'
  | 'rate-limited'
  | 'provider-error'
  | 'bad-request'
  | 'timeout'
  | 'prompt-too-long'
  | 'truncated'
  | 'refused'
  | 'bad-output'
  | 'budget'
  | 'busy'
  | 'died'
  | 'internal';

/**
 * A model call that cannot give an answer. The message is the reason that a run shows: short, with what to do where that is
 * known, and never a piece of prompt, answer or key.
 */
export class ModelFailure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, reason: string) {
    super(reason);
    this.name = 'ModelFailure';
    this.kind = kind;
  }
}
