import type { Output, OutputLine } from '../../../../src/evidence/outputs.ts';
import type { LineHit } from './line-kind.ts';

const NOISE =
  /^##\[|^\s*$|Process completed with|^ERROR: Job failed|^Cleaning up|^section_|^Uploading|^Running after|^make(?:\[\d+\])?: \*\*\*|npm (?:error|ERR!) (?:code|A complete log|errno|path|command|Lifecycle)|ELIFECYCLE|^error: Recipe|exited with|^Post job/;
const TELLING =
  /\b(?:error|fatal|failed|failure|cannot|can't|could not|couldn't|not found|no such|denied|undefined|unknown|missing|invalid|unable|has no|panic|refused|expected)\b/i;

/** A line that says that something failed, and not what: `✗ Build failed in 812ms`. */
const BARE =
  /^[\W_]*(?:(?:the )?(?:build|compilation|compile|bundling|task|command)\s+(?:has\s+)?failed|error during build|failed to compile|errors?|failure)\b[^:"'`]{0,24}[:.]?$/i;

/** The line that says why: the first of those that tell of a failure and say which, else the first that tells, else the last of all. */
export function decisive(said: readonly OutputLine[], tells: (line: OutputLine) => boolean): OutputLine | undefined {
  const telling = said.filter(tells);
  return telling.find(({ inner }) => !BARE.test(inner)) ?? telling[0] ?? said.at(-1);
}

/** What was said last before the end: the first telling line of the last twenty, else the last line that is no frame. */
export function lastWords(hit: LineHit) {
  const before = hit.output.lines.slice(Math.max(0, hit.at - 20), hit.at).filter((line) => !NOISE.test(line.text));
  return decisive(before, ({ inner }) => TELLING.test(inner));
}

/** How far below a heading its list may stand, and how many of its items are told. */
const BELOW = 6;
const LISTED = 3;

/** What a line says; with the list below it, where it only opens one (`The following packages were not found:`). */
export function inFull({ lines }: Output, line: OutputLine): string {
  const said = line.inner.trim();
  if (!said.endsWith(':')) return said;
  const at = lines.indexOf(line);
  const depth = line.inner.search(/\S/);
  const items: string[] = [];
  for (const { inner } of lines.slice(at + 1, at + 1 + BELOW)) {
    const item = inner.trim();
    if (item === '' && items.length === 0) continue;
    if (item === '' || items.length === LISTED || !(inner.search(/\S/) > depth || /^[-*•] /.test(item))) break;
    items.push(item.replace(/^[-*•] /, ''));
  }
  return items.length === 0 ? said : `${said} ${items.join(', ')}`;
}
