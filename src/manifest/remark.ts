import { literally } from '../literal.ts';

/** Quoted text of a line, in which nothing is a comment. */
const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/g;

/** Shorter ones (`as before`, `for now`) are labels: they explain no value. */
const WORDS_OF_REMARK = 4;

/** What says that something has to stay as it is explains it, however short. */
const ORDER =
  /\b(?:never|not|don['’]t)\s+(?:touch|change|edit|alter|modify|lower|raise|reduce|increase|remove|move|scale|reset)\b|\bleave (?:it|this|as)\b/i;

/** Words that explain something: no label, no commented-out YAML (`replicas: 3`) and no rule (`-----`). */
function isRemark(text: string): boolean {
  const words = text.split(/\s+/).filter((word) => /[\p{L}\d]/u.test(word));
  return (
    words.length >= (ORDER.test(text) ? 2 : WORDS_OF_REMARK) &&
    /\p{L}{2}/u.test(text) &&
    !/^-?\s*[\w./-]+:(?:\s|$)/.test(text)
  );
}

/**
 * What a person wrote beside a field: the comment behind its value, else the lines of comment right above it at the same depth.
 * `line`: 1-based, where the key stands. Undefined where the line does not hold the key, or nothing is said in words.
 */
export function remarkAt(lines: readonly string[], line: number, key: string): string | undefined {
  const own = lines[line - 1] ?? '';
  const bare = own.replaceAll(QUOTED, (text) => '"'.repeat(text.length));
  const escaped = literally(key);
  if (!new RegExp(`(?:^|[\\s{,-])["']?${escaped}["']?\\s*:`).test(own)) return undefined;
  const behind = /\s#+\s*(.*)$/.exec(bare);
  if (behind) {
    const text = own
      .slice(behind.index)
      .replace(/^\s#+\s*/, '')
      .trim();
    return isRemark(text) ? text : undefined;
  }
  const above: string[] = [];
  const depth = own.search(/[^\s-]/);
  for (let at = line - 2; at >= 0; at--) {
    const text = lines[at] ?? '';
    if (!/^\s*#/.test(text) || text.search(/#/) !== depth) break;
    above.unshift(text.replace(/^\s*#+\s*/, '').trim());
  }
  const text = above.join(' ');
  return isRemark(text) ? text : undefined;
}
