/** More than these are not kept at a time. */
const MOST = 1000;

/** A lookup whose answers hold for a while; see {@link briefly}. */
interface Brief<T> {
  find(key: string): Promise<T | undefined>;
  /** The next `find` looks again. */
  forget(key: string): void;
}

/**
 * A lookup that is asked for with every request, made so that what it found holds for `ms` milliseconds. What was not found is looked
 * for again each time, and so is what could not be looked for.
 */
export function briefly<T>(ms: number, look: (key: string) => Promise<T | undefined>): Brief<T> {
  const known = new Map<string, { readonly value: T; readonly until: number }>();
  return {
    async find(key) {
      const now = performance.now();
      const kept = known.get(key);
      if (kept !== undefined && now < kept.until) return kept.value;
      const value = await look(key);
      if (known.size >= MOST) known.clear();
      if (value === undefined) known.delete(key);
      // From when it was asked: what was changed meanwhile may not be in the answer.
      else known.set(key, { value, until: now + ms });
      return value;
    },
    forget: (key) => void known.delete(key),
  };
}
