import { command } from '../../../../src/evidence/commands/shell.ts';
import type { ObjectRef } from '../../../../src/evidence/model.ts';
import { at, objects } from '../../../../src/json.ts';
import type { View } from '../../view.ts';
import { change, look } from '../analyzer.ts';
import { denial } from './denials.ts';

/** The Ingress with a host that another has already, as ingress-nginx denies it without its name; where one alone has it. */
function takesHost(said: string, view: View): ObjectRef | undefined {
  const [, host, namespace, name] =
    /host "([^"]+)" and path "[^"]*" is already defined in ingress ([\w-]+)\/([\w.-]+)/.exec(said) ?? [];
  if (host === undefined) return undefined;
  const same = view.scene.objects.filter(
    ({ ref, object }) =>
      ref.kind === 'Ingress' &&
      (ref.name !== name || (ref.namespace !== undefined && ref.namespace !== namespace)) &&
      objects(at(object, 'spec', 'rules')).some((rule) => rule.host === host),
  );
  return same.length === 1 ? same[0]?.ref : undefined;
}

export const webhookDenied = denial({
  kind: 'admission-webhook-denied',
  title: 'An admission webhook denies it',
  about: 'A webhook other than Gatekeeper and Kyverno refuses the object.',
  remedy: 'Read its message, and change the manifest accordingly.',
  pattern: /admission webhook "((?!validation\.gatekeeper)(?![\w.-]*kyverno)[^"]+)" denied the request:? ?([^\n]*)/,
  confidence: 0.95,
  says: (match) => `the admission webhook \`${match[1]}\` denies it: ${(match[2] ?? '').slice(0, 240)}`,
  object: (_match, message, view) => takesHost(message.text, view),
  remedies: () => [
    look('Find out who runs the webhook', command('kubectl', 'get', 'validatingwebhookconfigurations')),
    change('Change the manifest as the message says'),
  ],
});
