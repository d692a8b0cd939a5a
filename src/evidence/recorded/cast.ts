/**
 * What a terminal showed in a recording of asciinema (versions 2 and 3 of its format: a header, then `[time, code, data]` a line, of
 * which the code `o` is output). Undefined for any other text.
 */
export function shownInCast(source: string): string | undefined {
  if (!/^\s*\{[^\n]*"version"\s*:\s*[23]\b/.test(source)) return undefined;
  const [, ...lines] = source.trim().split('\n');
  const shown: string[] = [];
  for (const line of lines) {
    if (line.startsWith('#')) continue;
    try {
      const event: unknown = JSON.parse(line);
      if (!Array.isArray(event) || typeof event[0] !== 'number') return undefined;
      if (event[1] === 'o') shown.push(String(event[2]));
    } catch {
      // The last line of a recording that was broken off.
      if (line !== lines.at(-1)) return undefined;
    }
  }
  return shown.length === 0 ? undefined : shown.join('').replaceAll('\r\n', '\n');
}
