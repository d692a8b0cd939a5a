import { citeLines } from '../../src/evidence/cite.ts';
import type { Citation } from '../../src/evidence/model.ts';
import { READ_UP } from '../../src/evidence/tool-call.ts';
import type { View } from './view.ts';

/** What a document that was read up says of an exit code. */
export interface DocumentedCode {
  readonly said: string;
  readonly citation: Citation | undefined;
}

const MAX_LINES = 5000;
const MAX_SAID = 240;
/** A document that explains exit codes says so, in the head of a table or in the line itself. */
const EXIT = /\bexit(?:s|ed|ing)?[ _-]?(?:code|status|value)(?:s|es)?\b|\breturn codes?\b/i;
/** So far above a row (lines) the words stand that head it. */
const HEAD = 15;

/** The cells of a row of a table in Markdown, or the parts of a line of a list: `- 42: no disk`, `42 = no disk`. */
function partsOf(line: string): string[] {
  if (/^\s*\|.*\|\s*$/.test(line))
    return line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const [, code, said] =
    /^\s*(?:[-*•]\s+)?[`*"']*(?:exit(?:s)?[ _-]?(?:code|status|value)?s?\s*)?(\d{1,3})[`*"']*\s*(?::|=|–|—|-{1,2}|→|->|\s{2,}|means\b)\s*(.+)$/i.exec(
      line,
    ) ?? [];
  return code === undefined || said === undefined ? [] : [code, said];
}

/**
 * What a runbook or another page that was read up says of the exit code with which a program ended: the rest of the row or line that begins with
 * it, below words that speak of exit codes.
 */
export function documentedCode(view: View, code: number | undefined): DocumentedCode | undefined {
  if (code === undefined || code === 0) return undefined;
  for (const item of view.scene.items) {
    if (item.command?.split(' ')[0] !== READ_UP || !EXIT.test(item.text)) continue;
    const lines = item.text.split('\n').slice(0, MAX_LINES);
    for (const [index, line] of lines.entries()) {
      const [first = '', ...rest] = partsOf(line);
      if (first.replaceAll(/\D/g, '') !== String(code) || !/^\W*(?:exit\D*)?\d+\W*$/i.test(first)) continue;
      if (!lines.slice(Math.max(0, index - HEAD), index + 1).some((near) => EXIT.test(near))) continue;
      const said = rest
        .filter((cell) => cell !== '')
        .join('; ')
        .slice(0, MAX_SAID);
      if (said !== '') return { said, citation: citeLines(item, index) };
    }
  }
  return undefined;
}
