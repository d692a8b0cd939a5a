/**
 * Whether a text fits a pattern of `*` (any text) and `?` (one character), as Kyverno and OPA compare it. Where what follows a star does not
 * fit, that star takes one character more; what earlier ones took need not be tried again. So the time grows with the product of
 * both lengths at most, whoever wrote them.
 */
export function globs(pattern: string, text: string): boolean {
  let [at, read] = [0, 0];
  let star: { readonly at: number; read: number } | undefined;
  while (read < text.length) {
    if (pattern[at] === '*') star = { at: at++, read };
    else if (pattern[at] === '?' || (at < pattern.length && pattern[at] === text[read])) {
      at++;
      read++;
    } else if (star) {
      at = star.at + 1;
      read = ++star.read;
    } else return false;
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}
