import type { KubeObject } from '../../../../src/policy/violation.ts';
import { renamedVariables, silent } from './rego.ts';
import { celChanged, changed, everyMap, isBinding, isMap, type PolicyChange, regoChanged } from './templates.ts';

/** Names that say nothing, of policies, rules, templates and constraints. */
export const renamed: PolicyChange = (policies) => {
  const names = new Map<string, string>();
  const kinds = new Map<string, string>();
  const out = structuredClone(policies) as KubeObject[];
  for (const [i, document] of out.entries()) {
    if (document.kind === 'ConstraintTemplate') {
      const own = document.spec.crd.spec.names;
      kinds.set(own.kind, `Kk${i}`);
      own.kind = `Kk${i}`;
      document.metadata.name = `kk${i}`;
    } else if (/Policy$/.test(document.kind) && document.kind !== 'PolicyException') {
      names.set(document.metadata.name, `pp${i}`);
      document.metadata.name = `pp${i}`;
      for (const [at, rule] of (document.spec.rules ?? []).entries()) {
        names.set(rule.name, `rr${at}`);
        if (rule.name) rule.name = `rr${at}`;
      }
    }
  }
  for (const [i, document] of out.entries()) {
    if (kinds.has(document.kind)) {
      document.kind = kinds.get(document.kind);
      document.metadata.name = `kk-${i}`;
    }
    if (isBinding(document.kind)) {
      document.metadata.name = `bb${i}`;
      document.spec.policyName = names.get(document.spec.policyName) ?? document.spec.policyName;
    }
    if (document.kind === 'PolicyException') return undefined;
  }
  return changed(policies, out);
};

/** No messages, descriptions or comments. */
export const silenced: PolicyChange = (policies) => {
  const quiet = policies.map((policy) => {
    const { annotations: _, ...metadata } = policy.metadata ?? {};
    return everyMap({ ...policy, metadata }, (map) => {
      const says =
        'expression' in map ||
        'pattern' in map ||
        'anyPattern' in map ||
        'deny' in map ||
        'foreach' in map ||
        'cel' in map ||
        'message' in map;
      const out = { ...map };
      if (says && typeof out.message === 'string') out.message = 'not allowed';
      if (says) delete out.messageExpression;
      if (says && 'expression' in map && map.message === undefined && map.messageExpression !== undefined)
        out.message = 'not allowed';
      return out;
    }) as KubeObject;
  });
  return changed(policies, regoChanged(quiet, silent) ?? quiet);
};

/** Another name for each variable and function: of Rego, of CEL, of Kyverno's context. */
export const variablesRenamed: PolicyChange = (policies) => {
  const rego = regoChanged(policies, renamedVariables);
  if (rego) return rego;
  const names = new Map<string, string>();
  const note = (list: unknown) => {
    for (const { name } of Array.isArray(list) ? list : [])
      if (typeof name === 'string') names.set(name, `v${names.size}x`);
  };
  for (const { spec } of policies) {
    note(spec?.variables);
    for (const target of spec?.targets ?? []) for (const { source } of target.code ?? []) note(source?.variables);
    for (const rule of spec?.rules ?? []) {
      note(rule.validate?.cel?.variables);
      for (const { context } of rule.validate?.foreach ?? []) note(context);
      note(rule.context);
    }
  }
  const inCel = (expression: string): string => {
    const loops = new Set(
      [...expression.matchAll(/\.(?:all|exists|exists_one|map|filter)\(\s*(\w+)\s*,/g)].map(
        ([, name]) => name as string,
      ),
    );
    return expression
      .split(/("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')/)
      .map((part, i) =>
        i % 2 === 1
          ? part
          : part
              .replaceAll(/\bvariables\.(\w+)/g, (all, name) =>
                names.has(name) ? `variables.${names.get(name)}` : all,
              )
              .replaceAll(/(?<![\w.?])(\w+)\b(?!\s*\()/g, (all, name) => (loops.has(name) ? `${name}Loop` : all)),
      )
      .join('');
  };
  const context = new Set(
    [...names.keys()].filter(
      (name) => /^\w+$/.test(name) && !['element', 'request', 'images', 'serviceAccountName'].includes(name),
    ),
  );
  const inJmesPath = (text: string): string =>
    text.replaceAll(/\{\{.*?\}\}/gs, (whole) =>
      whole.replaceAll(/(?<![\w.'"`-])(\w+)\b(?![\w-]*['"`(:])/g, (all, name) =>
        context.has(name) ? (names.get(name) as string) : all,
      ),
    );
  const deep = (value: unknown): unknown =>
    typeof value === 'string'
      ? inJmesPath(value)
      : Array.isArray(value)
        ? value.map(deep)
        : isMap(value)
          ? Object.fromEntries(Object.entries(value).map(([key, item]) => [inJmesPath(key), deep(item)]))
          : value;
  const rename = (list: KubeObject[]): KubeObject[] =>
    list.map((entry) => ({ ...entry, name: names.get(entry.name) ?? entry.name }));
  const out = (celChanged(policies, inCel).map(deep) as KubeObject[]).map((policy) =>
    everyMap(policy, (map) => {
      const next = { ...map };
      for (const key of ['variables', 'context'])
        if (
          Array.isArray(map[key]) &&
          map[key].every((entry: unknown) => isMap(entry) && typeof entry.name === 'string')
        )
          next[key] = rename(map[key]);
      return next;
    }),
  ) as KubeObject[];
  return changed(policies, out);
};
