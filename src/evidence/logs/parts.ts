import type { SceneLog } from '../scene.ts';

/** The logs of a scene; one that was cut to excerpts is several evidence items, and here one list of its parts again. */
export function wholeLogs(logs: readonly SceneLog[]): SceneLog[][] {
  const wholes: SceneLog[][] = [];
  for (const log of logs) {
    const before = wholes.at(-1)?.at(-1);
    if (before !== undefined && follows(before, log)) wholes.at(-1)?.push(log);
    else wholes.push([log]);
  }
  return wholes;
}

function follows({ item: a }: SceneLog, { item: b }: SceneLog): boolean {
  return (
    a.source.name === b.source.name &&
    a.command === b.command &&
    a.lines.to < b.lines.from &&
    Number(b.id.slice(1)) === Number(a.id.slice(1)) + 1
  );
}
