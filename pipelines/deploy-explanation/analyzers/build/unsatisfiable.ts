import type { LineHit } from './line-kind.ts';

/** How many lines uv's sentence may take: it is broken at the width of the terminal, 80 where there is none. */
const LONGEST = 12;

/** Where uv's explanation begins, and what stands before each of its further lines. */
const OPENS = /^\s*╰─▶ Because /;
const INDENT = /^\s{4,}\S/;

/** What uv says of a resolution that failed, from the line of a hit on (or right below it), as one sentence: it breaks long lines between words. */
function explanationAt(hit: LineHit): string | undefined {
  const opened = hit.near(OPENS, 3)?.at;
  if (opened === undefined) return undefined;
  const [first, ...below] = hit.output.lines.slice(opened, opened + LONGEST);
  const end = below.findIndex(({ inner }) => !INDENT.test(inner));
  return [first, ...below.slice(0, end < 0 ? below.length : end)].map((line) => line?.inner.trim() ?? '').join(' ');
}

/** Who asks, in uv's words: the requirements that were given, a project, a member of a workspace. */
const ASKS = String.raw`(?:you require|your project depends on|\S+ depends on) (\S+?),`;
/** One reason and one who asks: no second dependency has a part in it. */
const ALONE = String.raw` and ${ASKS} we can conclude that \S+ (?:project's )?requirements are unsatisfiable`;
const NOT_THERE = [
  String.raw`there (?:is|are) no versions? of \S+`,
  String.raw`only (?:the following versions of \S+ are available: .{1,400}?|\S+ is available)`,
  String.raw`\S+ was not found in (?:the package registry|the provided package locations)`,
];
const MISSING = new RegExp(`╰─▶ Because (?:${NOT_THERE.join('|')})${ALONE}`);

/** The requirement for which the registry has no version, where uv gives that as the only reason. Undefined where dependencies conflict. */
export function missingVersion(hit: LineHit): string | undefined {
  return MISSING.exec(explanationAt(hit) ?? '')?.[1];
}
