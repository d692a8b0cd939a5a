/** Where a JSON text that opens at `index` closes, by indentation; kubectl's closing bracket stands at column 0. */
export function jsonEnd(lines: readonly string[], index: number): number {
  if (!/^[{[]\s*$/.test(lines[index] ?? '')) return index + 1;
  for (let next = index + 1; next < lines.length; next++) if (/^[}\]],?\s*$/.test(lines[next] ?? '')) return next + 1;
  return lines.length;
}

/** Whether a JSON text is a list of objects of the API, as clients print it: the first has metadata. */
function isListOfObjects(lines: readonly string[], index: number, end: number): boolean {
  if (!/^\[\s*$/.test(lines[index] ?? '')) return false;
  const indent = /^(\s+)\{\s*$/.exec(lines[index + 1] ?? '')?.[1];
  if (indent === undefined) return false;
  const close = lines.findIndex((line, at) => at > index && at < end && line.startsWith(`${indent}}`));
  return lines.slice(index, close < 0 ? end : close).some((line) => line.startsWith(`${indent}${indent}"metadata": {`));
}

/** The line ranges of the members of a pretty-printed `"items": [ … ]`, so that each object is evidence of its own. */
export function jsonMembers(lines: readonly string[], index: number, end: number): [number, number][] {
  let open = -1;
  let indent = '';
  const found: [number, number][] = [];
  const array = isListOfObjects(lines, index, end)
    ? 0
    : lines.slice(index, Math.min(end, index + 6)).findIndex((line) => /^\s*"items": \[\s*$/.test(line));
  if (array < 0) return [];
  for (let next = index + array + 1; next < end; next++) {
    const line = lines[next] ?? '';
    const brace = /^(\s+)\{\s*$/.exec(line);
    if (indent === '' && brace !== null) indent = brace[1] ?? '';
    if (indent === '') continue;
    if (open < 0 && line.trimEnd() === `${indent}{`) open = next;
    else if (open >= 0 && (line.trimEnd() === `${indent}}` || line.trimEnd() === `${indent}},`)) {
      found.push([open, next + 1]);
      open = -1;
    }
  }
  return found;
}
