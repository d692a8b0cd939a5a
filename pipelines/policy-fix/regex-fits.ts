/**
 * Whether a regular expression (RE2) fits a text; undefined for one that JavaScript may read otherwise, or slowly. The engine
 * has the last word, this only saves looking at what does not matter.
 */
export function regexFits(pattern: string, text: string): boolean | undefined {
  const strange = /\([^)]*[+*{][^)]*\)[+*{]|\(\?(?!:)|\\[AzQCpP]|\[\[:/;
  if (pattern.length > 200 || text.length > 1_000 || strange.test(pattern)) return undefined;
  try {
    return new RegExp(pattern).test(text);
  } catch {
    return undefined;
  }
}
