import { parse, stringify } from 'yaml';

/** Made-up workloads and policy sets of a size that teams have: every policy in Rego and as a Kyverno pattern. */

export interface Made {
  readonly file: string;
  readonly text: string;
}

interface Rule {
  readonly name: string;
  /** `container`, `pod` or `object`: what the path starts at. */
  readonly at: 'container' | 'pod' | 'object';
  readonly path: readonly string[];
  readonly value: string | boolean | number;
}

const security = (path: readonly string[], value: string | boolean): Rule => ({
  name: path.join('-').toLowerCase(),
  at: 'container',
  path: ['securityContext', ...path],
  value,
});
const pod = (name: string, value: boolean): Rule => ({ name: name.toLowerCase(), at: 'pod', path: [name], value });

const LABELS = 18;
export const RULES: readonly Rule[] = [
  security(['allowPrivilegeEscalation'], false),
  security(['privileged'], false),
  security(['runAsNonRoot'], true),
  security(['readOnlyRootFilesystem'], true),
  security(['seccompProfile', 'type'], 'RuntimeDefault'),
  { name: 'pull-always', at: 'container', path: ['imagePullPolicy'], value: 'Always' },
  pod('hostNetwork', false),
  pod('hostPID', false),
  pod('hostIPC', false),
  pod('automountServiceAccountToken', false),
  pod('shareProcessNamespace', false),
  { name: 'min-replicas', at: 'object', path: ['spec', 'replicas'], value: 2 },
  ...Array.from(
    { length: LABELS },
    (_, i): Rule => ({
      name: `label-${i}`,
      at: 'object',
      path: ['metadata', 'labels', `example.com/fact-${i}`],
      value: `known-${i}`,
    }),
  ),
];

const nested = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);

function kyvernoPolicy({ name, at, path, value }: Rule): object {
  const inner = nested(path, value);
  const pattern =
    at === 'object' ? inner : { spec: { template: { spec: at === 'pod' ? inner : { containers: [inner] } } } };
  return {
    apiVersion: 'kyverno.io/v1',
    kind: 'ClusterPolicy',
    metadata: { name },
    spec: {
      rules: [
        {
          name,
          match: { any: [{ resources: { kinds: ['Deployment'] } }] },
          validate: { failureAction: 'Enforce', message: `${path.join('.')} must be ${value}`, pattern },
        },
      ],
    },
  };
}

function gatekeeperPolicy({ name, at, path, value }: Rule): string {
  const kind = `Bench${name.replaceAll('-', '')}`;
  // Teams name the lowest number what it is.
  const parameter = name === 'min-replicas' ? 'minReplicas' : 'value';
  const start = {
    container: 'input.review.object.spec.template.spec.containers[_]',
    pod: 'input.review.object.spec.template.spec',
    object: 'input.review.object',
  }[at];
  const rego = [
    `package ${kind.toLowerCase()}`,
    `violation[{"msg": msg}] {`,
    `  it := ${start}`,
    `  not holds(it)`,
    `  msg := "${path.join('.')} must be ${value}"`,
    `}`,
    `holds(it) { it${path.map((key) => `["${key}"]`).join('')} == input.parameters.${parameter} }`,
  ];
  const template = {
    apiVersion: 'templates.gatekeeper.sh/v1',
    kind: 'ConstraintTemplate',
    metadata: { name: kind.toLowerCase() },
    spec: {
      crd: {
        spec: {
          names: { kind },
          validation: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      },
      targets: [{ target: 'admission.k8s.gatekeeper.sh', rego: rego.join('\n') }],
    },
  };
  const constraint = {
    apiVersion: 'constraints.gatekeeper.sh/v1beta1',
    kind,
    metadata: { name },
    spec: {
      match: { kinds: [{ apiGroups: ['apps'], kinds: ['Deployment'] }] },
      parameters: {
        ...(path.includes('labels') ? { labels: [{ key: path.at(-1), allowedRegex: `^${value}$` }] } : {}),
        [parameter]: value,
      },
    },
  };
  return `${JSON.stringify(template)}\n---\n${JSON.stringify(constraint)}\n`;
}

/** A policy set for one engine, a file each. */
export function policySet(engine: 'gatekeeper' | 'kyverno'): Made[] {
  return RULES.map((rule) => ({
    file: `${rule.name}.yaml`,
    text: engine === 'kyverno' ? `${JSON.stringify(kyvernoPolicy(rule))}\n` : gatekeeperPolicy(rule),
  }));
}

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => line(i)).join('');

/** Deployments in YAML with comments, all of which obey every rule, or break every rule. */
export function manifests(count: number, good: boolean): Made[] {
  return Array.from({ length: count }, (_, n) => ({
    file: `apps/app-${n}.yaml`,
    text: `# application ${n}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: app-${n}
  namespace: team-${n % 7}
  labels:
    app: app-${n}  # as the service selects
${good ? lines(LABELS, (i) => `    example.com/fact-${i}: known-${i}\n`) : ''}spec:
  replicas: ${good ? 2 : 1}
  selector:
    matchLabels: { app: app-${n} }
  template:
    metadata:
      labels: { app: app-${n} }
    spec:
${good ? lines(5, (i) => `      ${['hostNetwork', 'hostPID', 'hostIPC', 'automountServiceAccountToken', 'shareProcessNamespace'][i]}: false\n`) : '      hostNetwork: true\n      hostPID: true\n      hostIPC: true\n      shareProcessNamespace: true\n'}      containers:
        - name: main
          image: registry.example.com/app-${n}:1.${n}
          ports:
            - containerPort: 8080
${
  good
    ? `          imagePullPolicy: Always
          securityContext:
            allowPrivilegeEscalation: false
            privileged: false
            runAsNonRoot: true
            readOnlyRootFilesystem: true
            seccompProfile: { type: RuntimeDefault }
`
    : `          securityContext:
            privileged: true  # since the migration
`
}          env:
${lines(12, (i) => `            - name: SETTING_${i}\n              value: "v${i}"\n`)}`,
  }));
}

/** Texts of 5 MB with what is edited in them: the name of the layout, the text, and the index of the document. */
export function largeFiles(): [string, string, number][] {
  const one = (i: number): string => manifests(i + 1, true)[i]?.text ?? '';
  const [item] = [parse(one(0))];
  const count = Math.ceil(5_000_000 / stringify(item).length);
  const list = { apiVersion: 'v1', kind: 'List', items: Array.from({ length: count }, () => item) };
  return [
    ['YAML, one List', stringify(list, { aliasDuplicateObjects: false }), 0],
    ['YAML, a document each', `${one(0)}---\n`.repeat(Math.min(1_900, count)), 1_000],
    ['JSON, one List', JSON.stringify(list, null, 2), 0],
  ];
}
