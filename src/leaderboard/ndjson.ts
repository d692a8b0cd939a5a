/** Values of an NDJSON text, and the line (from 1) that each stood on. */
export interface Lines {
  /** {@link NOT_JSON} where the line was none. */
  readonly values: unknown[];
  readonly lines: number[];
}

/** Stands for a line that is not JSON, so that it can be named among all that is wrong with a batch. */
export const NOT_JSON = Symbol('not JSON');

/** Reads newline-delimited JSON; blank lines are skipped. */
export function parseNdjson(text: string): Lines {
  const values: unknown[] = [];
  const lines: number[] = [];
  let number = 0;
  for (const line of text.split('\n')) {
    number += 1;
    if (line.trim() === '') continue;
    lines.push(number);
    try {
      values.push(JSON.parse(line));
    } catch {
      values.push(NOT_JSON);
    }
  }
  return { values, lines };
}
