/** Lines at which a document may end are tried at most so often. */
const MAX_TRIES = 200;

/** JSON documents that follow each other, each from the start of a line; undefined where something else stands among them. */
export function documents(text: string): unknown[] | undefined {
  const found: unknown[] = [];
  let open: string[] = [];
  let tries = 0;
  for (const line of text.split('\n')) {
    if (open.length === 0 && line.trim() === '') continue;
    open.push(line);
    if (/^\s/.test(line)) continue;
    if (++tries > MAX_TRIES) return undefined;
    try {
      found.push(JSON.parse(open.join('\n')));
      open = [];
    } catch {
      // goes on
    }
  }
  return open.length === 0 ? found : undefined;
}
