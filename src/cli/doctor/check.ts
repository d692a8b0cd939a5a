/** What one check of `opsline doctor` found. */
export interface Finding {
  readonly name: string;
  /** `missing` makes the exit code 1; `optional` is something that opsline does without. */
  readonly state: 'ok' | 'optional' | 'missing';
  readonly detail: string;
  /** The one command that mends it. */
  readonly mend?: string;
}
