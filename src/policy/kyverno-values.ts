import { z } from 'zod';
import { OpslineError } from '../errors.ts';
import { isExpression } from './kyverno-config-maps.ts';
import { withContext } from './kyverno-context.ts';
import type { KubeObject } from './violation.ts';

const Given = z.record(z.string(), z.json());

/**
 * The file of values that Kyverno's own command line takes (`cli.kyverno.io/v1alpha1`, kind `Values`): what contexts would read, by
 * policy and rule or for all, and the labels of namespaces. Its values by object are not used.
 */
const Values = z.object({
  globalValues: Given.nullish(),
  policies: z
    .array(
      z.object({
        name: z.string(),
        rules: z.array(z.object({ name: z.string(), values: Given.nullish() })).nullish(),
      }),
    )
    .nullish(),
  namespaceSelector: z
    .array(z.object({ name: z.string(), labels: z.record(z.string(), z.string()).nullish() }))
    .nullish(),
});
export type Values = z.infer<typeof Values>;

const isValues = ({ kind, apiVersion }: KubeObject): boolean =>
  kind === 'Values' && String(apiVersion).startsWith('cli.kyverno.io/');

/** A document as a file of values; undefined for any other. Throws `invalid-input` where it is none that can be read. */
export function valuesIn(document: KubeObject, file: string): Values | undefined {
  if (!isValues(document)) return undefined;
  const read = Values.safeParse(document);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new OpslineError('invalid-input', `${file}: values of Kyverno: ${issue?.path.join('.')}: ${issue?.message}`);
}

/** What values say of a variable: its own value, or one put together from those of its fields (`settings.data.env`). */
function saidOf(values: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(values, name)) return values[name];
  const fields = Object.entries(values).filter(([key]) => key.startsWith(`${name}.`));
  if (fields.length === 0) return undefined;
  const whole: Record<string, unknown> = {};
  for (const [key, value] of fields) {
    const path = key.slice(name.length + 1).split('.');
    let at = whole;
    for (const part of path.slice(0, -1)) {
      const inner = at[part];
      at[part] = typeof inner === 'object' && inner !== null ? inner : {};
      at = at[part] as Record<string, unknown>;
    }
    at[path.at(-1) ?? ''] = value;
  }
  return whole;
}

/** What an entry of a context reads: nothing that it holds or computes itself. */
const reads = (entry: KubeObject): boolean => entry.variable === undefined && typeof entry.name === 'string';

/**
 * A policy of Kyverno's rules with the given values in place of what its contexts would read outside (`apiCall`, `configMap`,
 * `imageRegistry`, `globalReference`), so that it is judged without a cluster. The values of a rule go before those for all.
 */
export function withValues(policy: KubeObject, given: readonly Values[]): KubeObject {
  if (given.length === 0) return policy;
  return withContext(policy, (entry, rule) => {
    if (!reads(entry)) return entry;
    const ofRule = given.flatMap(({ policies }) =>
      (policies ?? [])
        .filter(({ name }) => name === policy.metadata?.name)
        .flatMap(({ rules }) => (rules ?? []).filter(({ name }) => name === rule.name)),
    );
    const [value] = [...ofRule.map(({ values }) => values), ...given.map(({ globalValues }) => globalValues)]
      .map((values) => saidOf(values ?? {}, entry.name))
      .filter((found) => found !== undefined);
    return value === undefined || isExpression(value) ? entry : { name: entry.name, variable: { value } };
  });
}

/** The namespaces whose labels values tell. */
export const namespacesIn = (given: readonly Values[]): KubeObject[] =>
  given
    .flatMap(({ namespaceSelector }) => namespaceSelector ?? [])
    .map(({ name, labels }) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: labels ?? {} } }));
