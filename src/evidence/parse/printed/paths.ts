const MAX_LINES = 200_000;

function put(root: unknown[], path: readonly string[], value: unknown): void {
  let here = root as unknown as Record<string, unknown>;
  for (const [index, key] of path.entries()) {
    if (key === '__proto__') return;
    if (index === path.length - 1) here[key] = value;
    else {
      const next = here[key];
      if (typeof next === 'object' && next !== null) here = next as Record<string, unknown>;
      else {
        const made = /^\d+$/.test(path[index + 1] ?? '') ? [] : {};
        here[key] = made;
        here = made as Record<string, unknown>;
      }
    }
  }
}

function literal(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/**
 * A value of which every line names one path and what stands there: `json.items[0].kind = "Pod";` (gron), `items.0.kind = Pod` (yq's
 * properties; keys with dots are cut there). Undefined where a line says nothing of the sort.
 */
export function valueOfPaths(text: string): unknown {
  const root: unknown[] = [{}];
  for (const line of text.split('\n', MAX_LINES)) {
    if (line.trim() === '') continue;
    const at = line.search(/ =(?: |$)/);
    if (at < 0) return undefined;
    const gron = line.startsWith('json');
    const value = gron ? literal(line.slice(at + 3).replace(/;\s*$/, '')) : line.slice(at + 3);
    if (typeof value === 'object' && value !== null) continue;
    const named = gron ? line.slice(4, at) : `.${line.slice(0, at)}`;
    const path = [...named.matchAll(/\.([^.[]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]/g)].map(
      ([, key, index, quoted]) => key ?? index ?? String(literal(quoted ?? '""')),
    );
    put(root, ['0', ...path], value);
  }
  return root[0];
}
