import { parsePatch } from 'diff';

/** One change of a file, as SARIF 2.1.0 has it (section 3.57): a region that goes, and the text that comes in its place. */
export interface Replacement {
  /** 1-based lines and columns, columns in UTF-16 code units; the end is where the first character that stays stands. */
  readonly deletedRegion: {
    readonly startLine: number;
    readonly startColumn: number;
    readonly endLine: number;
    readonly endColumn: number;
  };
  readonly insertedContent?: { readonly text: string };
}

/**
 * The runs of changed lines of a unified diff of one file as replacements, in the file's order, their regions of the text
 * before. Throws `Error` for a text that is no unified diff.
 */
export function replacementsOf(diff: string): Replacement[] {
  const [patch] = parsePatch(diff);
  const found: Replacement[] = [];
  for (const { oldStart, lines } of patch?.hunks ?? []) {
    let line = oldStart;
    let removed: string[] = [];
    let added: string[] = [];
    const flush = (): void => {
      if (removed.length === 0 && added.length === 0) return;
      const end = line + removed.length;
      const last = removed.at(-1);
      const open = last !== undefined && !last.endsWith('\n');
      const text = added.join('');
      found.push({
        deletedRegion: {
          startLine: line,
          startColumn: 1,
          endLine: open ? end - 1 : end,
          endColumn: open ? last.length + 1 : 1,
        },
        ...(text === '' ? {} : { insertedContent: { text } }),
      });
      line = end;
      removed = [];
      added = [];
    };
    for (const [i, raw] of lines.entries()) {
      if (raw.startsWith('\\')) continue;
      const text = raw.slice(1) + (lines[i + 1]?.startsWith('\\') ? '' : '\n');
      if (raw.startsWith('-')) removed.push(text);
      else if (raw.startsWith('+')) added.push(text);
      else {
        flush();
        line += 1;
      }
    }
    flush();
  }
  return found;
}
