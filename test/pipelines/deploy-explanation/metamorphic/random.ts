/** Numbers that look random and follow from a seed (mulberry32), so that what fails can be run again. */
export class Random {
  private state: number;

  constructor(seed: number | string) {
    this.state = 2166136261;
    for (const char of String(seed)) this.state = Math.imul(this.state ^ char.charCodeAt(0), 16777619);
  }

  /** In [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((value) => ({ value, key: this.next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ value }) => value);
  }

  /** Letters and digits as Kubernetes uses them for suffixes. */
  suffix(length: number): string {
    return Array.from({ length }, () => 'bcdfghjklmnpqrstvwxz2456789'[this.below(27)]).join('');
  }
}
