import { type Json, valueAt } from '../../src/manifest/json.ts';
import { isCopies, keepsThings } from './defaults.ts';
import type { Edit } from './edits.ts';
import type { FixContext, Proposal, Question } from './fixers/fixer.ts';
import { quantity } from './fixers/resources.ts';
import { goesUnasked } from './wish.ts';

/** Seconds that running work is given: with less of them it is cut off. */
const TIME_TO_FINISH = /^(?:terminationGracePeriodSeconds|activeDeadlineSeconds)$/;

const isScalar = (value: Json | undefined): boolean =>
  value !== undefined && value !== null && typeof value !== 'object';

/** Whether what stands at a place protects running work or data, and the edit leaves less of it. */
function protects({ object }: FixContext, { path, ...edit }: Edit & { readonly value: Json }): boolean {
  const key = String(path.at(-1));
  const now = valueAt(object, path);
  if (TIME_TO_FINISH.test(key)) return typeof now === 'number' && typeof edit.value === 'number' && edit.value < now;
  return keepsThings(path);
}

/** Numbers, amounts, times and percentages by their size; undefined for words. */
const sizeOf = (value: Json): number | undefined =>
  typeof value === 'number' ? value : typeof value === 'string' ? (quantity(value) ?? timeOf(value)) : undefined;

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** Seconds of a time such as `8760h` or `1h30m`, and percentages. */
function timeOf(text: string): number | undefined {
  if (/^\d+%$/.test(text)) return Number(text.slice(0, -1));
  if (!/^(?:\d+[smhd])+$/.test(text)) return undefined;
  return [...text.matchAll(/(\d+)([smhd])/g)].reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (UNITS[unit] ?? 0),
    0,
  );
}

const isLess = (value: Json, now: Json): boolean => (sizeOf(value) ?? Infinity) < (sizeOf(now) ?? -Infinity);

interface Chosen {
  readonly edit: Edit & { readonly value: Json };
  readonly now: Json;
  readonly remark?: string;
}

/**
 * The edit of a proposal that goes against what somebody chose: less of what protects data or running work, or of what a comment
 * explains. What takes rights away goes all the same, and so does what a mutate rule of the cluster would do.
 */
function chosenIn(context: FixContext, { by, edits }: Proposal): Chosen | undefined {
  if (['kyverno-mutate', 'hardening', 'identities', 'pod-security'].includes(by)) return undefined;
  for (const edit of edits) {
    if (edit.op !== 'set' || goesUnasked(edit.path) || !isScalar(edit.value)) continue;
    const now = valueAt(context.object, edit.path);
    if (!isScalar(now) || now === undefined) continue;
    const guarded = protects(context, edit);
    // How many run is a choice either way: a licence, a leader, what a queue can take, a quorum.
    const explained = guarded || isLess(edit.value, now) || isCopies(edit.path);
    const remark = explained ? context.remarkAt?.(edit.path) : undefined;
    if (remark !== undefined || guarded) return { edit, now, ...(remark ? { remark } : {}) };
  }
  return undefined;
}

/** Whether only who chose what stands there can say that a proposal's value will do. */
export const isChosen = (context: FixContext, proposal: Proposal): boolean => chosenIn(context, proposal) !== undefined;

const MOST_OF_REMARK = 120;

/** The questions that stand in place of such proposals. */
export function questionsOf(context: FixContext, proposals: readonly Proposal[]): Question[] {
  return proposals.flatMap((proposal): Question[] => {
    const chosen = chosenIn(context, proposal);
    if (!chosen) return [];
    const { edit, now, remark } = chosen;
    const said = remark && (remark.length > MOST_OF_REMARK ? `${remark.slice(0, MOST_OF_REMARK - 1)}…` : remark);
    const question = `Will ${edit.value} do for ${edit.path.join('.')} instead of ${now}${said ? `, of which its comment says "${said}"` : ', which somebody chose'}?`;
    const source = `the policy, which accepts it; whoever set ${now} decides, or whoever wrote the policy makes an exception`;
    return [
      {
        question,
        path: edit.path,
        about: [String(edit.path.findLast((key) => typeof key === 'string')).toLowerCase()],
        stated: true,
        whole: true,
        trial: proposal.edits,
        choices: [{ value: edit.value, source, edits: proposal.edits }],
      },
    ];
  });
}
