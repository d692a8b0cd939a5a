/** One secret that was replaced, and how often. */
export interface Redacted {
  readonly placeholder: string;
  /** `password`, `token`, `key`, `email`, `secret` */
  readonly kind: string;
  readonly count: number;
}

/** Gives the placeholder for a secret. */
export type PlaceholderOf = (kind: string, secret: string) => string;

const PLACEHOLDER = /\[redacted:[a-z]+#(\d{1,9})\]/g;

/** Numbered placeholders; no hash of the secret, because a short password could be guessed from one. */
export function createPlaceholders() {
  const known = new Map<string, { placeholder: string; kind: string; count: number }>();
  let next = 1;
  return {
    reserve(text: string): void {
      for (const [, number] of text.matchAll(PLACEHOLDER)) next = Math.max(next, Number(number) + 1);
    },
    of(kind: string, secret: string): string {
      let entry = known.get(secret);
      if (entry === undefined) {
        entry = { placeholder: `[redacted:${kind}#${next}]`, kind, count: 0 };
        next += 1;
        known.set(secret, entry);
      }
      entry.count += 1;
      return entry.placeholder;
    },
    /** The secrets themselves: for looking for them elsewhere, never to be shown. */
    secrets: (): [secret: string, kind: string][] => [...known].map(([secret, { kind }]) => [secret, kind]),
    list: (): Redacted[] => [...known.values()].map((entry) => ({ ...entry })),
  };
}
