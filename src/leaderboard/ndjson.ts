import { type Issue, OpslineError } from '../errors.ts';

/** Values of an NDJSON text, and the line (from 1) that each stood on. */
export interface Lines {
  readonly values: unknown[];
  readonly lines: number[];
}

/** Reads newline-delimited JSON; blank lines are skipped. Throws `invalid-input` naming the first lines that are no JSON. */
export function parseNdjson(text: string): Lines {
  const values: unknown[] = [];
  const lines: number[] = [];
  const issues: Issue[] = [];
  let number = 0;
  for (const line of text.split('\n')) {
    number += 1;
    if (line.trim() === '') continue;
    try {
      values.push(JSON.parse(line));
      lines.push(number);
    } catch {
      if (issues.length < 20) issues.push({ path: `line ${number}`, message: 'is not valid JSON' });
    }
  }
  if (issues.length > 0) {
    const [first] = issues;
    throw new OpslineError('invalid-input', `${first?.path} ${first?.message}; nothing was stored.`, { issues });
  }
  return { values, lines };
}
