import { citeLines, citeText } from '../../../../src/evidence/cite.ts';
import { command } from '../../../../src/evidence/commands/shell.ts';
import type { EvidenceItem } from '../../../../src/evidence/model.ts';
import type { Output } from '../../../../src/evidence/outputs.ts';
import { type PlannedChange, parsePlan, parsePlanJson } from '../../../../src/evidence/parse/terraform-plan.ts';
import type { View } from '../../view.ts';
import { type Analyzer, change, DEPTH, type Draft, look } from '../analyzer.ts';
import { outputsIn } from '../output-analyzer.ts';
import { keeps } from './stateful.ts';

function draftOf(planned: PlannedChange, done: boolean): Draft {
  const { address, type, action, forcedBy, item, index, forcedAt } = planned;
  const how = action === 'replace' ? 'replaces' : 'destroys';
  const why =
    action !== 'replace'
      ? ''
      : forcedBy.length === 0
        ? ''
        : ` because ${forcedBy.map((name) => `\`${name}\``).join(', ')} cannot be changed in place`;
  const kept = keeps(type) ?? 'data';
  return {
    object: { kind: 'TerraformResource', name: address, ...(forcedBy[0] === undefined ? {} : { path: forcedBy[0] }) },
    summary: `The ${done ? 'apply destroyed' : `plan ${how}`} \`${address}\`, ${kept}${why}; what it holds ${done ? 'is' : 'would be'} lost`,
    confidence: 0.9,
    severity: done ? 'failed' : 'degraded',
    citations: [
      item.source.kind === 'object' || item.text.split('\n')[index]?.includes('"resource_changes"')
        ? (citeText(item, `"address":${JSON.stringify(address)}`) ?? citeLines(item, index))
        : citeLines(item, index),
      ...forcedAt.slice(0, 3).map((at) => citeLines(item, at)),
    ],
    remedies: [
      look('See what the plan would do', command('tofu', 'plan', `-target=${address}`)),
      ...(forcedBy.length > 0
        ? [
            change(
              `Take back the change of ${forcedBy.map((name) => `\`${name}\``).join(', ')}, or move the data first`,
            ),
          ]
        : []),
      change('Set `prevent_destroy` on it; where only its address changed, add a `moved` block'),
      change('Back it up and restore into the new one before this is applied', 'high'),
    ],
  };
}

function destroyed(output: Output): Set<string> {
  return new Set(
    output.lines.flatMap(({ text }) => /^(\S+): (?:Destruction complete|Destroying\.\.\.)/.exec(text)?.[1] ?? []),
  );
}

/** `destroy` was called and did what it says: nothing else ends so. An apply that destroys says `Apply complete!`. */
function asked(output: Output): boolean {
  const only = output.lines.some(({ text }) => /^Plan: 0 to add, 0 to change, [1-9]\d* to destroy\./.test(text));
  return only && output.lines.some(({ text }) => /^Destroy complete! Resources: /.test(text));
}

function jsonPlans(view: View): EvidenceItem[] {
  return view.scene.items.filter((item) => /^(?:object|log|text)$/.test(item.source.kind));
}

/** A plan (for people or as JSON) that destroys or replaces what keeps data. */
export const planDestroysData: Analyzer = {
  kind: 'terraform-plan-destroys-data',
  stage: 'infrastructure',
  depth: DEPTH.output,
  title: 'The plan destroys or replaces what must stay',
  about:
    'A database, volume, bucket, cluster, DNS zone, key, secret or namespace would be destroyed, or replaced because an attribute cannot be changed in place.',
  remedy: 'Do not apply it; take the change back, or move the data first.',
  find: (view) => {
    const printed = outputsIn(view).flatMap((output) => {
      const gone = destroyed(output);
      if (asked(output)) return [];
      return parsePlan(output).map((planned) => draftIf(planned, gone.has(planned.address)));
    });
    const json = jsonPlans(view).flatMap((item) => parsePlanJson(item).map((planned) => draftIf(planned, false)));
    return [...printed, ...json].filter((draft) => draft !== undefined);
  },
};

function draftIf(planned: PlannedChange, done: boolean): Draft | undefined {
  if (planned.action !== 'destroy' && planned.action !== 'replace') return undefined;
  return keeps(planned.type) === undefined ? undefined : draftOf(planned, done);
}
