import type { Json } from '../../json.ts';
import { CLOUD } from './cloud-resources.ts';
import { keysOf, placed, readValue, together } from './paths.ts';

/** `gcloud run services describe seat-api --format='value(status.state,status.message)'`: the kind, the name and the members. */
const DESCRIBES = /^gcloud .*?([a-z-]+) describe ([\w./-]+) .*--format[ =](["']?)value\(([\w.,[\] ]+)\)\3/;

/** The resource of which Google's client printed members, with tabs between them. Undefined for any other text. */
export function gcloudValues(output: string, command = ''): Json | undefined {
  const [, kinds = '', name = '', , members = ''] = DESCRIBES.exec(command) ?? [];
  // A blank first cell is a cell, too.
  const line = output.replace(/^[\r\n]+/, '').trimEnd();
  if (name === '' || line === '' || line.includes('\n') || line.startsWith('ERROR:')) return undefined;
  const paths = members.split(',').map((member) => keysOf(`.${member.trim()}`));
  const cells = line.split('\t');
  if (cells.length > paths.length) return undefined;
  const placings = paths.flatMap((keys, index) => {
    const cell = cells[index]?.trim() ?? '';
    return keys === undefined || keys[0] === 'metadata' || cell === '' ? [] : [placed(keys, readValue(cell, keys))];
  });
  if (placings.length === 0) return undefined;
  const word = kinds.replace(/ies$/, 'y').replace(/s$/, '');
  const kind = word
    .split('-')
    .map((part) => `${part.slice(0, 1).toUpperCase()}${part.slice(1)}`)
    .join('');
  return {
    ...(placings.reduce(together) as Json),
    apiVersion: CLOUD,
    kind,
    metadata: { name: name.split('/').at(-1) },
  };
}
