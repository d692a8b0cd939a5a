/** What ends the values of a ConfigMap in what `kubectl describe` prints of it, where it is followed by the title of the next part. */
const ENDS = /^(?:BinaryData|Events:.*)$/;

/**
 * Where the values of a ConfigMap end that `kubectl describe` shows (`Data`, `====`, then each below its key and `----`): the first line
 * behind them. They may look like anything: a JSON text, a manifest, a table. `index` itself where no values begin there.
 */
export function dataEnd(lines: readonly string[], index: number): number {
  if (lines[index] !== 'Data' || !/^=+$/.test(lines[index + 1] ?? '') || !/^----$/.test(lines[index + 3] ?? ''))
    return index;
  for (let next = index + 4; next < lines.length; next++) {
    const line = lines[next] ?? '';
    if (ENDS.test(line) && (line.startsWith('Events:') || /^=+$/.test(lines[next + 1] ?? ''))) return next;
  }
  return lines.length;
}

const KEY = /^([\w.-]+):$/;

/**
 * The values of a ConfigMap by their keys, whole, as `kubectl describe` prints them. A value that holds a line like a key over `----` is
 * taken for two, as a person would.
 */
export function describedData(lines: readonly string[]): Record<string, string> {
  const from = lines.findIndex((line, index) => line === 'Data' && /^=+$/.test(lines[index + 1] ?? ''));
  if (from < 0) return {};
  const end = dataEnd(lines, from);
  const data: Record<string, string> = {};
  let key: string | undefined;
  let value: string[] = [];
  const keep = () => {
    if (key !== undefined) data[key] = value.join('\n').replace(/\n+$/, '');
  };
  for (let index = from + 2; index < Math.max(end, from + 2); index++) {
    const begun = /^----$/.test(lines[index + 1] ?? '') ? KEY.exec(lines[index] ?? '')?.[1] : undefined;
    if (begun === undefined) {
      value.push(lines[index] ?? '');
      continue;
    }
    keep();
    [key, value] = [begun, []];
    index++;
  }
  keep();
  return data;
}
