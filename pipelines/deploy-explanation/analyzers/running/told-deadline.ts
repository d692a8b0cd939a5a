import { list, rollout } from '../../../../src/evidence/commands/kubectl.ts';
import type { Message } from '../../../../src/evidence/messages.ts';
import { plainLine } from '../../../../src/evidence/parse/ci.ts';
import { rolledOutIn } from '../../../../src/evidence/rolled-out.ts';
import { named, type View } from '../../view.ts';
import { change, type Draft, look } from '../analyzer.ts';
import { placed } from '../told-namespace.ts';

/** What `kubectl rollout status` ends with, when the Deployment itself says that its deadline has passed. */
const ENDS = /^(?:[Ee]rror: )?deployment "([a-z0-9.-]+)" exceeded its progress deadline$/;

/** Whether the same output says further down that the Deployment was rolled out after all, or back. */
function wentWellSince(view: View, { item, cite }: Message, name: string): boolean {
  const said = cite()?.lines?.from ?? item.lines.from;
  return view.scene.items.some(
    ({ source, text, lines }) =>
      source.name === item.source.name &&
      text.split('\n').some((line, index) => lines.from + index > said && rolledOutIn(plainLine(line)) === name),
  );
}

/** Rollouts of which the tool that waited for them says that they made no progress in time: a job that waited ends because of that. */
export function toldDeadlines(view: View): Draft[] {
  return view.messages.flatMap((message): Draft[] => {
    const name = message.origin === 'output' ? ENDS.exec(message.text.trim())?.[1] : undefined;
    if (name === undefined || wentWellSince(view, message, name)) return [];
    const deployment = placed({ kind: 'Deployment', name }, message, view);
    const output = message.item.source.name;
    return [
      {
        object: deployment,
        summary: `${named(deployment)}: the rollout made no progress in time`,
        confidence: 0.6,
        severity: 'failed',
        citations: [message.cite()],
        involves: [
          { kind: 'Output', name: output },
          { kind: 'Log', name: output },
        ],
        remedies: [
          look('Look at the new pods', list('pods', deployment)),
          change('Roll back meanwhile', 'low', rollout('undo', deployment)),
        ],
      },
    ];
  });
}
