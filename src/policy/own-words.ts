import type { KubeObject } from './violation.ts';

function* expressionsIn(part: unknown): Generator<string> {
  if (Array.isArray(part)) for (const item of part) yield* expressionsIn(item);
  else if (typeof part === 'object' && part !== null)
    for (const [key, inner] of Object.entries(part)) {
      if (typeof inner === 'string' && /expression$/i.test(key)) yield inner;
      else yield* expressionsIn(inner);
    }
}

/** Whether words are an evaluator's on an expression, which it quotes. */
const quotes = (words: string): boolean => /\bexpression '|\bcompilation\b/.test(words);

/**
 * Gives words of an engine about CEL that `rewrite` changed before it was asked: with the expressions as they stand in the policies.
 * What points into a line that is no longer there (`<input>:1:61`, `| ....^`) goes.
 */
export function ownWords(policies: readonly KubeObject[], rewrite: (source: string) => string) {
  let pairs: (readonly [written: string, own: string])[] | undefined;
  return (words: string): string => {
    if (!quotes(words)) return words;
    pairs ??= [...new Set(expressionsIn(policies))]
      .map((own) => [rewrite(own), own] as const)
      .filter(([written, own]) => written !== own)
      .sort(([a], [b]) => b.length - a.length);
    return pairs.reduce((text, [written, own]) => {
      if (!text.includes(written)) return text;
      const [first = '', ...rest] = text.split(written);
      const joined = [first, ...rest.map((after) => after.replace(/^\s*\|[ .]*\^/, ''))].join(own);
      return joined.replaceAll(/(<input>:\d+):\d+/g, '$1');
    }, words);
  };
}
