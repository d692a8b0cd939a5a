/** Counters that several processes may share. */
export interface Counters {
  /** Adds and returns the new value; a counter nobody added to for `ttlSeconds` is forgotten. */
  add(key: string, amount: number, ttlSeconds: number): Promise<number>;
}

/** Counters of this process alone. */
export function memoryCounters(now: () => number = Date.now): Counters {
  const values = new Map<string, { value: number; until: number }>();
  return {
    async add(key, amount, ttlSeconds) {
      const time = now();
      const known = values.get(key);
      const value = (known !== undefined && known.until > time ? known.value : 0) + amount;
      values.delete(key);
      values.set(key, { value, until: time + ttlSeconds * 1000 });
      for (const [old, { until }] of values) if (until <= time) values.delete(old);
      return value;
    },
  };
}

/** Counters of this process until the shared ones are there: a service opens its model before its Redis. */
export function lateCounters(): Counters & { use(shared: Counters): void } {
  let current = memoryCounters();
  return {
    add: (key, amount, ttlSeconds) => current.add(key, amount, ttlSeconds),
    use(shared) {
      current = shared;
    },
  };
}
