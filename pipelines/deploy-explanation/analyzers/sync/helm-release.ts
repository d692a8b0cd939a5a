import { readCommand } from '../../../../src/evidence/command.ts';
import type { Message } from '../../../../src/evidence/messages.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { plainLine } from '../../../../src/evidence/parse/ci.ts';
import type { View } from '../../view.ts';

const VERB = /^(?:upgrade|install|rollback|uninstall|delete|status|history|hist|template|test)$/;
const WITH_VALUE =
  /^(?:-f|--values|--set|--set-string|--set-file|--version|--timeout|-n|--namespace|--kube-context|--kubeconfig|--repo|--history-max|--description|-o|--output|--post-renderer)$/;

/** The release that a `helm` command is about; undefined where the command says no name. */
export function releaseOf(command: string | undefined): ObjectRef | undefined {
  if (command === undefined || !/^helm\s/.test(command)) return undefined;
  const words = command.split(/\s[|>]{1,2}\s/)[0]?.split(/\s+/) ?? [];
  const positional: string[] = [];
  for (let index = 1; index < words.length; index++) {
    const word = words[index] ?? '';
    if (WITH_VALUE.test(word)) index++;
    else if (!word.startsWith('-')) positional.push(word);
  }
  const [verb = '', name] = positional;
  if (!VERB.test(verb) || name === undefined || /^[./]/.test(name) || name.includes('/')) return undefined;
  const { namespace } = readCommand(command);
  return { kind: 'HelmRelease', ...(namespace === undefined ? {} : { namespace }), name };
}

/** The release that a message of Helm or of Flux' controller is about. */
export function releaseIn(message: Message): ObjectRef | undefined {
  if (message.object?.kind === 'HelmRelease') return message.object;
  const own = releaseOf(message.item.command);
  if (own !== undefined) return own;
  const flux = /for release ([\w-]+)\/([\w.-]+) with chart/.exec(message.text);
  if (flux !== null) return { kind: 'HelmRelease', namespace: flux[1] ?? '', name: flux[2] ?? '' };
  const named = /(?:Release|release|Upgrade|Install(?:ation)?|Rollback) "([\w.-]+)"/.exec(message.text)?.[1];
  return named === undefined ? undefined : { kind: 'HelmRelease', name: named };
}

/** Whether Argo CD says it: then the Application is what is at fault, and has kinds of its own. */
export function isArgo({ text, origin, item, object }: Message): boolean {
  return (
    origin === 'argocd' ||
    item.source.kind === 'argocd' ||
    object?.kind === 'Application' ||
    /[Mm]anifest generation error|failed to generate manifest|ComparisonError|cached source|[Ff]ailed to load target state/.test(
      text,
    )
  );
}

/** What Helm says when it has made or changed a release. */
const WENT_WELL = /^Release "[\w.-]+" has been (?:upgraded|installed)\b/;
/** A line that calls Helm to do so. */
const CALLS = /\bhelm\s(?:.*\s)?(?:upgrade|install)\s/;

/** Whether the same output goes on to a release that was deployed, with no error of Helm below: an attempt that was made again. */
function madeAgain({ item, origin, cite }: Message): boolean {
  const line = origin === 'output' ? cite()?.lines?.from : undefined;
  if (line === undefined) return false;
  const lines = item.text.split('\n').map(plainLine);
  // Of several releases another one may be the one that went well.
  const calls = new Set(lines.flatMap((said) => (CALLS.test(said) ? said.replace(/^.*?(?=helm\s)/, '') : [])));
  if (calls.size > 1) return false;
  const below = lines.slice(line - item.lines.from + 1);
  const done = below.findLastIndex((said) => WENT_WELL.test(said));
  return done >= 0 && !below.slice(done).some((said) => /^Error: /.test(said));
}

/** A line of `helm history` that a later revision stands behind tells of the past, and so does an attempt that was made again. */
export function isPast(message: Message): boolean {
  if (madeAgain(message)) return true;
  if (!/^helm\s(?:.*\s)?(?:history|hist)\s/.test(message.item.command ?? '')) return false;
  const lines = message.item.text.trimEnd().split('\n');
  return lines.at(-1)?.trim() !== message.text;
}

/** The cells of a row of `helm history`, which stand between tabs, or blanks once a terminal showed them. Days below ten have a second blank before them. */
export function historyCells(row: string): string[] {
  return row
    .trim()
    .replace(/\b([A-Z][a-z]{2} [A-Z][a-z]{2}) {2}(\d )/, '$1 $2')
    .split(/\s*\t\s*|\s{2,}/);
}

const PENDING = /\bpending-(?:install|upgrade|rollback)\b/;

/** The revision of a release that `helm history` or `helm status` shows as pending, and since when. */
export function pendingOf(view: View, release: ObjectRef | undefined): string | undefined {
  for (const { command, text } of view.scene.items) {
    const own = releaseOf(command);
    if (own === undefined || (release !== undefined && own.name !== release.name)) continue;
    const status = PENDING.exec(/^STATUS: *(\S+)/m.exec(text)?.[1] ?? '')?.[0];
    const [revision, since] = [/^REVISION: *(\d+)/m, /^LAST DEPLOYED: *(.+)$/m].map((line) =>
      line.exec(text)?.[1]?.trim(),
    );
    if (status !== undefined && revision !== undefined) return toldPending(revision, status, since);
    const [number, updated, state = ''] = historyCells(text.trimEnd().split('\n').at(-1) ?? '');
    if (/^\d+$/.test(number ?? '') && PENDING.test(state)) return toldPending(number ?? '', state, updated);
  }
  return undefined;
}

function toldPending(revision: string, status: string, since: string | undefined): string {
  return `revision ${revision} is ${status}${since === undefined ? '' : ` since ${since}`}`;
}
