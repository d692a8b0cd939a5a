/**
 * The cells of a line that a template made of fixed texts and cells (`undefined`): each ends where the next fixed text first stands. Blanks at the
 * end of a line are gone where it was copied, so what is behind them may be missing, but for the first two cells. Undefined for any other line;
 * takes no longer than the line is long.
 */
export function cellsBetween(line: string, template: readonly (string | undefined)[]): string[] | undefined {
  const last = template.at(-1);
  if (last !== undefined && !line.endsWith(last)) return undefined;
  const parts = last === undefined ? template : template.slice(0, -1);
  const text = last === undefined ? line : line.slice(0, line.length - last.length);
  const cells: string[] = [];
  let at = 0;
  for (const [index, part] of parts.entries()) {
    if (part !== undefined) continue;
    const before = index === 0 ? undefined : parts[index - 1];
    if (before !== undefined && index === 1 && !text.startsWith(before)) return undefined;
    if (before !== undefined && index === 1) at = before.length;
    const next = parts[index + 1];
    const end = next === undefined ? text.length : text.indexOf(next, at);
    if (end < 0) {
      if (cells.length === 0 || next === undefined || next.trim() !== '') return undefined;
      cells.push(text.slice(at));
      const missing = parts.slice(index + 1).filter((one) => one === undefined).length;
      return [...cells, ...Array.from({ length: missing }, () => '')];
    }
    cells.push(text.slice(at, end));
    at = end + (next?.length ?? 0);
  }
  return cells;
}
