/**
 * Cuts a YAML text into its documents without parsing: a line that begins with `---` begins one wherever it stands, even
 * in a scalar (YAML 1.2, `c-forbidden`). Joined they are the text; comments before the first marker belong to what follows.
 * Undefined where more than markers decides: directives, `...`, byte order marks and lone carriage returns.
 */
export function splitDocuments(text: string): string[] | undefined {
  if (text.startsWith('\ufeff') || text.startsWith('%') || text.startsWith('...')) return undefined;
  if (text.includes('\n%') || text.includes('\n...') || /\r(?!\n)/.test(text)) return undefined;
  const starts: number[] = [];
  for (let at = text.startsWith('---') ? 0 : text.indexOf('\n---') + 1; at > 0 || text.startsWith('---', at); ) {
    if (at + 3 >= text.length || /\s/.test(text[at + 3] ?? '')) starts.push(at);
    const next = text.indexOf('\n---', at);
    if (next === -1) break;
    at = next + 1;
  }
  const [first] = starts;
  if (first === undefined) return [text];
  const alone = /^[ \t]*[^#\s]/m.test(text.slice(0, first));
  if (!alone) starts[0] = 0;
  else starts.unshift(0);
  return starts.map((start, i) => text.slice(start, starts[i + 1] ?? text.length));
}
