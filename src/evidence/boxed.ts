/** The frame of a view of K9s (and of terminals' boxes): its upper edge with a title, a line between its sides, its lower edge. */
const TOP = /^\s*[┌╭][─ ]*(?:([A-Z]\w+)\(([^)]{1,200})\)[^─]*)?[─ ]*[┐╮]\s*$/;
const SIDES = /^\s*[│┃](.*)[│┃]\s*$/;
const BOTTOM = /^\s*[└╰]─*[┘╯]\s*$/;
/** Views of one object, and what prints the same; others are tables. */
const VIEWS: Readonly<Record<string, string>> = { Describe: 'describe', YAML: 'get', Logs: 'logs' };
const NAME = /^[a-z0-9][a-z0-9.-]*$/;

/** The command that would print what such a view shows: K9s calls a pod by namespace and name. */
function commandOf(view: string, of: string): string | undefined {
  const verb = VIEWS[view];
  const [, path = '', container] = /^(?:pods?[:/])?([^:]+)(?::([\w-]+))?$/.exec(of) ?? [];
  const [namespace = '', name = ''] = path.split('/');
  if (verb === undefined || !NAME.test(name) || !NAME.test(namespace)) return undefined;
  const end = verb === 'get' ? ' -o yaml' : verb === 'logs' && container !== undefined ? ` -c ${container}` : '';
  return `$ kubectl ${verb} ${verb === 'logs' ? '' : 'pod '}${name} -n ${namespace}${end}`;
}

/** A line of which only the left side of its frame was copied. */
const BARRED = /^\s*[│┃](?: (.*[^│┃\s])?)?\s*$/;
/** What only a description has below such a bar: Terraform and compilers draw one before their messages, too. */
const DESCRIBED = /^\s*[│┃] *(?:Events:\s*|Type +Reason +Age +From +Message|Name: +\S.*)$/;

/** Lines of a description without the left side of a frame. */
function withoutBar(lines: readonly string[]): readonly string[] {
  if (!lines.some((line) => DESCRIBED.test(line))) return lines;
  const shown = [...lines];
  for (let from = 0; from < lines.length; from++) {
    let to = from;
    while (BARRED.test(lines[to] ?? '')) to++;
    const run = lines.slice(from, to);
    if (run.some((line) => DESCRIBED.test(line)))
      for (const [at, line] of run.entries()) shown[from + at] = BARRED.exec(line)?.[1] ?? '';
    from = Math.max(from, to);
  }
  return shown;
}

/**
 * A view of one object in K9s as the command that would print it and what stands between the sides of its frame; the view's help and logo above
 * it are blank. Lines that were broken at the frame's width are full there, and are joined as others are. Any other text as it is.
 */
export function unboxed(lines: readonly string[]): readonly string[] {
  const from = lines.findIndex((line) => TOP.test(line));
  const [, view = '', of = ''] = TOP.exec(lines[from] ?? '') ?? [];
  const command = commandOf(view, of);
  if (command === undefined) return withoutBar(lines);
  let to = from + 1;
  while (SIDES.test(lines[to] ?? '')) to++;
  if (to === from + 1) return lines;
  const inner = lines.slice(from + 1, to).map((line) =>
    (SIDES.exec(line)?.[1] ?? '')
      .replace(/^ /, '')
      .replace(/ $/, '')
      .replace(/ {2,}$/, ''),
  );
  const below = lines.slice(to).map((line) => (BOTTOM.test(line) || /^\s*(?:<\w+>\s*)+$/.test(line) ? '' : line));
  // K9s draws its own head above the first view.
  const above = lines.slice(0, from);
  const head = above.some((line) => /K9s Rev:/.test(line)) ? above.map(() => '') : above;
  return [...head, command, ...inner, ...below];
}
