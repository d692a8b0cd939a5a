import { type Json, type JsonObject, valueAt } from '../../src/manifest/json.ts';
import { formatPointer } from '../../src/manifest/patch.ts';
import type { Edit, Path } from './edits.ts';
import { applyEdits } from './edits.ts';
import { effectOf, type Risk } from './effects.ts';
import { type Proposal, podSpecPath } from './fixers/fixer.ts';
import type { FixEdit, FixResource } from './schema.ts';
import { goneWith } from './tidy.ts';

const RISKS: readonly Risk[] = ['low', 'medium', 'high'];

/** A value short enough to stand in a sentence; lists and maps by what they are. */
function shown(value: Json | undefined): string | undefined {
  if (value === undefined) return undefined;
  const text = JSON.stringify(value);
  return text.length <= 80 ? text : Array.isArray(value) ? 'a list' : `${text.slice(0, 79)}…`;
}

function words(before: JsonObject, edit: Edit): string {
  const where = formatPointer(edit.path);
  const was = shown(valueAt(before, edit.path));
  if (edit.op === 'remove') return `removes ${where}${was === undefined ? '' : ` (${was})`}`;
  const value = shown(edit.value) ?? '';
  if (edit.op === 'append') return `adds ${value} to ${where}`;
  return was === undefined ? `sets ${where} to ${value}` : `changes ${where} from ${was} to ${value}`;
}

/** A choice's value in a line of text. */
export const choiceText = (value: Json): string =>
  value === null ? 'yes, take it away' : typeof value === 'string' ? value : JSON.stringify(value);

const unique = (texts: readonly (string | undefined)[]): string[] => [
  ...new Set(texts.filter((text): text is string => text !== undefined)),
];

/** What each accepted proposal does to an object: its operations in words, what they mean, the risk and what to watch. */
export function explainEdits(original: JsonObject, accepted: readonly Proposal[]): FixEdit[] {
  let object = original;
  return accepted.map(({ summary, by, note, edits }): FixEdit => {
    const changes: string[] = [];
    const places: Path[][] = [];
    for (const edit of edits) {
      changes.push(words(object, edit));
      places.push(edit.op === 'remove' ? goneWith(object, edit.path) : [edit.path]);
      object = applyEdits(object, [edit]);
    }
    const effects = edits.flatMap((edit, i) =>
      (places[i] ?? []).map((path) =>
        effectOf(path, { op: edit.op, ...(edit.op === 'remove' ? {} : { value: edit.value }) }),
      ),
    );
    return {
      summary,
      by,
      ...(note ? { note } : {}),
      changes,
      paths: [...new Set(edits.map(({ path }) => formatPointer(path)))],
      does: unique(effects.map(({ does }) => does)).join(' '),
      risk: effects.reduce<Risk>(
        (worst, { risk }) => (RISKS.indexOf(risk) > RISKS.indexOf(worst) ? risk : worst),
        'low',
      ),
      watch: unique(effects.map(({ watch }) => watch)),
    };
  });
}

/** A name that means to a shell what it says; others are not put into commands. */
const PLAIN = /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/;

/** What happens to an object once its patch is merged and applied, with the command that shows it. */
export function afterMerge(
  { kind, namespace, name }: FixResource['object'],
  original: JsonObject,
  accepted: readonly Proposal[],
): string[] {
  if (accepted.length === 0) return [];
  const pod = podSpecPath(original);
  const template = pod?.slice(0, -1);
  const within = (path: Path): boolean => template?.every((key, i) => path[i] === key) ?? false;
  const touchesPods = accepted.some(({ edits }) => edits.some(({ path }) => within(path)));
  if (!touchesPods) return [];
  const plain = PLAIN.test(name) && (namespace === undefined || PLAIN.test(namespace));
  const at = namespace === undefined ? '' : ` -n ${namespace}`;
  const command = (text: string): string => (plain ? `: \`${text}\`` : '');
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
      return [
        `its pods are replaced one after the other${command(`kubectl rollout status ${kind.toLowerCase()}/${name}${at}`)}`,
        ...(plain && kind === 'Deployment' ? [`back again with \`kubectl rollout undo deployment/${name}${at}\``] : []),
      ];
    case 'Rollout':
      return [`its pods are replaced step by step${command(`kubectl argo rollouts status ${name}${at}`)}`];
    case 'CronJob':
      return [`it holds from the next job on${command(`kubectl get jobs${at}`)}`];
    case 'Job':
      return ["a Job's pod template cannot be changed: delete the Job and create it again"];
    case 'Pod':
      return ['most of a Pod cannot be changed: delete it and create it again'];
    default:
      return [];
  }
}
