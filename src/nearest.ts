/** The longest name that Kubernetes allows; what is longer is compared by its beginning. */
const LONGEST = 253;

/** Levenshtein distance (insertions, deletions and substitutions cost 1), with two rows. */
export function distance(a: string, b: string): number {
  const left = a.slice(0, LONGEST);
  const right = b.slice(0, LONGEST);
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i++) {
    const next = [i];
    for (let j = 1; j <= right.length; j++) {
      const cost = left[i - 1] === right[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + cost));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}

/**
 * The known names that somebody may have meant by `name`, at most `count`, nearest first: those within a third of its length,
 * and those that contain it or are contained in it. Letter case does not count.
 */
export function nearest(name: string, known: Iterable<string>, count = 3): string[] {
  const wanted = name.toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  return [...new Set(known)]
    .map((other) => ({ other, away: distance(other.toLowerCase(), wanted), near: other.toLowerCase() }))
    .filter(({ away, near }) => away <= limit || (near.length > 2 && (near.includes(wanted) || wanted.includes(near))))
    .sort((a, b) => a.away - b.away || (a.other < b.other ? -1 : 1))
    .slice(0, count)
    .map(({ other }) => other);
}
