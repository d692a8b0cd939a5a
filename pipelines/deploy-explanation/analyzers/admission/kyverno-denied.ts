import { command } from '../../../../src/evidence/commands/shell.ts';
import { change, look } from '../analyzer.ts';
import { denial } from './denials.ts';
import { proposePatch } from './policy-fix.ts';

export const kyvernoDenied = denial({
  kind: 'kyverno-denied',
  title: 'A Kyverno policy denies it',
  about: 'The Kyverno admission webhook refuses the object and names policy and rule.',
  remedy: 'Change the manifest so that it satisfies the policy (`opsline fix` proposes a patch).',
  pattern: /admission webhook "[\w.-]*kyverno[\w.-]*" denied the request:?([\s\S]*)/,
  confidence: 0.97,
  says: (match) => {
    const text = (match[1] ?? '').replace(/\s+/g, ' ').trim();
    const policy =
      /blocked due to the following policies ([\w-]+):? ?([\w-]+)?/.exec(text) ??
      /policy ([\w/-]+)(?:\/([\w-]+))?/.exec(text);
    const why =
      /validation (?:error|failure): ([^']+?)(?: rule |\.?'|$)/.exec(text)?.[1] ??
      (policy === null ? undefined : /following policies [\w-]+:? [\w-]+: '([^']+)'/.exec(text)?.[1]);
    return `${policy === null ? 'a Kyverno policy' : `the Kyverno policy \`${policy[1]}\``} denies it${why === undefined ? (policy === null && text !== '' ? `: ${text.slice(0, 200).trim()}` : '') : `: ${why.slice(0, 200)}`}`;
  },
  remedies: (_match, _message, subject) => [
    look('Read the policies', command('kubectl', 'get', 'clusterpolicies,policies', '-A')),
    proposePatch(subject, ['clusterpolicies,policies', '-A']),
    change('Change the manifest so that it satisfies the policy'),
  ],
});
