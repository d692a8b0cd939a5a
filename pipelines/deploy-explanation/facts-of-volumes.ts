import { citeLines } from '../../src/evidence/cite.ts';
import { execOf } from '../../src/evidence/command.ts';
import type { Fact } from './facts.ts';
import { named, type View } from './view.ts';

const ASKS = /\b(?:volumes?|disks?|pvcs?|claims?|storage|space|file ?systems?|mounts?)\b/i;
const OF_USE = /\b(?:full|fill\w*|left|free|used|usage|space|running out|capacity|how (?:much|full))\b/i;
/** A row of `df`: file system, size, used, available, share, where it is mounted. */
const ROW = /^(\S+)\s+([\d.]+[KMGTP]?i?)\s+([\d.]+[KMGTP]?i?)\s+([\d.]+[KMGTP]?i?)\s+(\d{1,3})%\s+(\/\S*)\s*$/;
const PSEUDO = /^(?:tmpfs|shm|devtmpfs|udev|overlay|none|cgroup\w*|proc|sysfs)$/;
const MAX_ROWS = 3;

/** How full volumes are, as `df` says, for who asks that. */
export function usedOfVolume(question: string, view: View): Fact | undefined {
  if (!ASKS.test(question) || !OF_USE.test(question)) return undefined;
  const rows = view.scene.items.flatMap((item) => {
    const lines = item.text.split('\n');
    if (!lines.some((line) => /^Filesystem\s.*Mounted on\s*$/.test(line))) return [];
    const where = execOf(item.command ?? '')?.target;
    return lines.flatMap((line, index) => {
      const [, device = '', size, used, free, share, mount] = ROW.exec(line) ?? [];
      return share === undefined || PSEUDO.test(device)
        ? []
        : [
            {
              item,
              index,
              share: Number(share),
              said: `\`${mount}\`${where === undefined ? '' : ` of ${named(where)}`} is ${share}% used (${used} of ${size}, ${free} left)`,
            },
          ];
    });
  });
  if (rows.length === 0) return undefined;
  const told = rows.toSorted((a, b) => b.share - a.share).slice(0, MAX_ROWS);
  return {
    summary: `${told.map(({ said }) => said).join('; ')}.`,
    citations: told.flatMap(({ item, index }) => citeLines(item, index) ?? []),
  };
}
