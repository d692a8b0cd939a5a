import { lastWords } from './execute.ts';
import { kyvernoApply } from './kyverno-apply.ts';
import { exceptedPolicies, isException, judgingPolicies } from './kyverno-rules.ts';
import { notLoaded } from './kyverno-words.ts';
import { mapLimited } from './limited.ts';
import { type KubeObject, nameOf, type PolicyProblem } from './violation.ts';

/** A harmless object to load policies against. */
const PROBE: KubeObject = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'opsline-probe', namespace: 'default' },
};

/** Whether an exception names no policy; Kyverno takes it for one of every policy. */
export const namesNoPolicy = (document: KubeObject): boolean =>
  isException(document) && exceptedPolicies([document]).size === 0;

/** The policies, exceptions included, that Kyverno cannot load, each with its words. Throws `engine-failed`. */
export async function problems(documents: readonly KubeObject[], signal: AbortSignal): Promise<PolicyProblem[]> {
  const exceptions = documents.filter(isException);
  const odd = exceptions.filter(namesNoPolicy);
  if (odd.length > 0)
    return odd.map((exception) => ({ policy: nameOf(exception), message: 'the exception names no policy' }));
  const policies = judgingPolicies(documents.filter((document) => !isException(document)));
  if (policies.length === 0) return [];
  const log = async (some: readonly KubeObject[]): Promise<string | undefined> => {
    const { code, stdout, stderr } = await kyvernoApply(some, [PROBE], ['--remove-color'], signal, { noticing: true });
    const words = notLoaded(`${stdout}\n${stderr}`);
    if (words !== undefined) return words;
    // The probe itself may be denied; that is an answer too.
    return code === 0 || /^pass: \d+, fail: \d+/m.test(stdout) ? undefined : lastWords(stderr, 500);
  };
  if ((await log([...policies, ...exceptions])) === undefined) return [];
  const broken = async (asked: readonly (readonly KubeObject[])[]): Promise<PolicyProblem[]> => {
    const each = await mapLimited(asked, 2, async (some) => ({
      policy: nameOf(some[0] as KubeObject),
      message: await log(some),
    }));
    return each.flatMap(({ policy, message }) => (message === undefined ? [] : [{ policy, message }]));
  };
  const own = await broken(policies.map((policy) => [policy]));
  return own.length > 0 ? own : broken(exceptions.map((exception) => [exception, ...policies]));
}
