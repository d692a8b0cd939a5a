import { describe, expect, it } from 'vitest';
import { append, applyEdits, compile, type Edit, remove, set } from '../../../pipelines/policy-fix/edits.ts';
import { parseImage, sameRepository } from '../../../pipelines/policy-fix/fixers/images.ts';
import { exampleOf, fits, requiredKeys, wordsOfPattern } from '../../../pipelines/policy-fix/fixers/parameters.ts';
import { quantity } from '../../../pipelines/policy-fix/fixers/resources.ts';
import { objections, objectionsToAnswer } from '../../../pipelines/policy-fix/guards.ts';
import { knownValues, written } from '../../../pipelines/policy-fix/known-values.ts';
import { wishes } from '../../../pipelines/policy-fix/kyverno/pattern.ts';
import { modelObjections } from '../../../pipelines/policy-fix/model-guards.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';
import { applyOperations, type Operation } from '../../../src/manifest/patch.ts';

const WEB: JsonObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        serviceAccountName: 'web',
        volumes: [{ name: 'data', emptyDir: {} }],
        containers: [
          {
            name: 'api',
            image: 'registry.example.com:5000/api:1',
            args: ['serve'],
            env: [{ name: 'MODE', value: 'x' }],
            ports: [{ containerPort: 80 }],
            livenessProbe: { httpGet: { path: '/', port: 80 } },
            volumeMounts: [{ name: 'data', mountPath: '/data' }],
          },
          { name: 'side', image: 'side' },
        ],
      },
    },
  },
};
const C = '/spec/template/spec/containers/0';
const replace = (path: string, value: never): Operation => ({ op: 'replace', path, value });
const take = (path: string): Operation => ({ op: 'remove', path });

describe('objections', () => {
  it('name the lists of a role, an Ingress or a Service that are emptied, by whatever a policy would take for it', () => {
    const role: JsonObject = { kind: 'Role', metadata: { name: 'r' }, rules: [{ verbs: ['*'] }] };
    for (const rules of [null, []]) expect(objections(role, { ...role, rules }, [])).toEqual(['it empties rules']);
    expect(objections(role, { ...role, rules: [{ verbs: ['get'] }] }, [])).toEqual([]);
    const service: JsonObject = { kind: 'Service', metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } };
    expect(objections(service, { ...service, spec: {} }, [])).toEqual(['it empties spec.ports']);
  });

  it('name a label of the template without which the selector does not take its pods', () => {
    const other = (label: string, value: string): JsonObject =>
      applyEdits(WEB, [set(['spec', 'template', 'metadata', 'labels', label], value)]);
    expect(objectionsToAnswer(WEB, other('app', 'api'), [])).toEqual([expect.stringContaining('selector')]);
    expect(objections(WEB, other('tier', 'front'), [])).toEqual([]);
    // What did not fit before is not blamed on an edit.
    const broken = applyEdits(WEB, [set(['spec', 'selector', 'matchLabels', 'app'], 'shop')]);
    const more = applyEdits(broken, [set(['spec', 'template', 'metadata', 'labels', 'tier'], 'front')]);
    expect(objections(broken, more, [])).toEqual([]);
  });

  it('name what a Service would tell a load balancer that it does not have', () => {
    const inside = {
      metadata: { name: 's', annotations: { 'service.beta.kubernetes.io/aws-load-balancer-internal': 'true' } },
    };
    const service = (type: string): JsonObject => ({ kind: 'Service', metadata: { name: 's' }, spec: { type } });
    const told = (type: string) => objections(service(type), { ...service(type), ...inside }, []);
    expect(told('NodePort')).toEqual([expect.stringContaining('there is no load balancer')]);
    expect(told('LoadBalancer')).toEqual([]);
  });

  it('name callers that a controller is newly told to let in, not others where some are told already', () => {
    const web = (annotations: JsonObject): JsonObject => ({ kind: 'Ingress', metadata: { name: 'w', annotations } });
    const [key, other] = ['nginx.ingress.kubernetes.io/allowlist-source-range', 'lab/allowlist-checks'];
    expect(objections(web({ [key]: '10.0.0.0/8,192.0.2.0/24' }), web({ [key]: '10.0.0.0/8' }), [])).toEqual([]);
    expect(objections(web({}), web({ [key]: '10.0.0.0/8' }), [])).toHaveLength(1);
    expect(objections(web({ [other]: 'a' }), web({ [other]: 'b' }), [])).toHaveLength(1);
  });

  it('name a hook that would do two things', () => {
    const pod = (preStop: JsonObject): JsonObject => ({
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: { containers: [{ name: 'a', lifecycle: { preStop } }] },
    });
    const [exec, sleep] = [{ exec: { command: ['x'] } }, { sleep: { seconds: 5 } }];
    expect(objections(pod(exec), pod({ ...exec, ...sleep }), [])).toEqual([
      'it gives lifecycle.preStop of a two actions',
    ]);
    expect(objections(pod(exec), pod(sleep), [])).toEqual([]);
  });

  it('name another volume, not for how long its token is good', () => {
    const pod = (token: JsonObject): JsonObject => ({
      kind: 'Pod',
      metadata: { name: 'p' },
      spec: {
        containers: [{ name: 'a' }],
        volumes: [{ name: 't', projected: { sources: [{ serviceAccountToken: { path: 't', ...token } }] } }],
      },
    });
    expect(objections(pod({ expirationSeconds: 86_400 }), pod({ expirationSeconds: 3_600 }), [])).toEqual([]);
    expect(objections(pod({ audience: 'a' }), pod({ audience: 'b' }), [])).toEqual(['it changes what volume t holds']);
  });

  it.each([
    ['a container', take('/spec/template/spec/containers/1'), /side from containers/],
    ['a probe', take(`${C}/livenessProbe`), /livenessProbe of api/],
    ['a mount', take(`${C}/volumeMounts/0`), /mount \/data/],
    ['a volume', take('/spec/template/spec/volumes/0'), /data from volumes/],
    ['a port', take(`${C}/ports/0`), /port 80/],
    ['a variable', take(`${C}/env/0`), /MODE/],
    ['a label', take('/metadata/labels/app'), /removes app/],
    ['the arguments', replace(`${C}/args`, ['x'] as never), /args of api/],
    ['the repository', replace(`${C}/image`, 'registry.example.com:5000/other:1' as never), /another repository/],
    ['the registry', replace(`${C}/image`, 'evil.example.com/api:1' as never), /another repository/],
    ['the service account', replace('/spec/template/spec/serviceAccountName', 'admin' as never), /service account/],
    ['the name', replace('/metadata/name', 'x' as never), /metadata\.name/],
    ['the namespace', replace('/metadata/namespace', 'x' as never), /metadata\.namespace/],
    ['the selector', replace('/spec/selector', {} as never), /spec\.selector/],
    ['all containers', replace('/spec/template/spec', {} as never), /removes the containers/],
    ['an exemption', replace('/metadata/labels', { app: 'web', 'scan.example/ignore': 'true' } as never), /ignore/],
    [
      'a label that a policy matches on',
      replace('/spec/template/metadata/labels', { app: 'web', tier: 'system' } as never),
      /tier/,
    ],
  ])('name the loss of or change to %s', (_, operation, words) => {
    const policies = [
      {
        kind: 'ClusterPolicy',
        spec: { rules: [{ exclude: { any: [{ resources: { selector: { matchLabels: { tier: 'system' } } } }] } }] },
      },
    ];
    expect(objections(WEB, applyOperations(WEB, [operation]) as JsonObject, policies).join('; ')).toMatch(words);
  });

  it('has nothing against hardening, new labels and another tag', () => {
    const after = applyEdits(WEB, [
      set(['metadata', 'labels', 'team'], 'a'),
      set(['spec', 'template', 'spec', 'containers', 0, 'image'], 'registry.example.com:5000/api:2'),
      set(['spec', 'template', 'spec', 'hostPID'], false),
    ]);
    expect(objections(WEB, after, [])).toEqual([]);
  });

  it('lets people answer that a program does without an argument, and not that another program runs', () => {
    const container = ['spec', 'template', 'spec', 'containers', 0];
    const given = applyEdits(WEB, [set([...container, 'command'], ['api', '--fast'])]);
    const answered = (...edits: Edit[]): string[] => objectionsToAnswer(given, applyEdits(given, edits), []);
    expect(answered(remove([...container, 'command', 1]))).toEqual([]);
    expect(answered(remove([...container, 'args']))).toEqual([]);
    expect(answered(remove([...container, 'command', 0]))).toEqual(['it changes which program api runs']);
  });
});

describe('objections to a model', () => {
  const against = (object: JsonObject, edits: Edit[], messages: string[] = []) =>
    modelObjections(
      object,
      applyEdits(object, edits),
      edits,
      [],
      messages.map((message) => ({ resource: 0, engine: 'gatekeeper', policy: { kind: 'K', name: 'p' }, message })),
    ).join('; ');
  const spec = ['spec', 'template', 'spec'];
  const container = [...spec, 'containers', 0];
  const HARD = applyEdits(WEB, [
    set([...spec, 'hostNetwork'], true),
    set([...container, 'ports', 0, 'hostPort'], 80),
    set([...container, 'securityContext'], {
      runAsNonRoot: true,
      privileged: true,
      allowPrivilegeEscalation: false,
      capabilities: { add: ['SYS_ADMIN', 'NET_RAW'], drop: ['ALL'] },
    }),
  ]);
  const INGRESS: JsonObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'door' },
    spec: { rules: [{ host: 'a.example' }, { host: 'b.example' }], ingressClassName: 'x' },
  };
  const CONFIG: JsonObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: '1', b: '2' } };

  it.each([
    ['what is judged', INGRESS, [remove(['spec', 'rules'])], /spec\.rules/],
    ['one entry of it', INGRESS, [remove(['spec', 'rules', 0])], /spec\.rules/],
    ['it by an empty list', INGRESS, [set(['spec', 'rules'], [])], /spec\.rules/],
    ['it by an empty text', INGRESS, [set(['spec', 'ingressClassName'], '')], /ingressClassName/],
    ['it by nothing', INGRESS, [set(['spec', 'rules'], null)], /spec\.rules/],
    ['data', CONFIG, [remove(['data'])], /data/],
    ['data by fewer', CONFIG, [set(['data'], { a: '1' })], /data\.b/],
    ['a security context', HARD, [remove([...container, 'securityContext'])], /securityContext/],
    ['a restriction', HARD, [remove([...container, 'securityContext', 'allowPrivilegeEscalation'])], /Escalation/],
    ['a drop', HARD, [remove([...container, 'securityContext', 'capabilities', 'drop', 0])], /drop/],
    ['a value of a variable', WEB, [set([...container, 'env', 0, 'value'], 'y')], /env/],
    ['a variable by its double', WEB, [append([...container, 'env'], { name: 'MODE', value: 'y' })], /env/],
    ['the arguments', WEB, [set([...container, 'args'], ['x'])], /args/],
    [
      'a probe command',
      applyEdits(WEB, [set([...container, 'startupProbe'], { exec: { command: ['a'] } })]),
      [set([...container, 'startupProbe', 'exec', 'command'], ['true'])],
      /command/,
    ],
    ['text by a placeholder', CONFIG, [set(['data', 'a'], 'x [redacted:secret#1]')], /placeholder/],
  ] as [string, JsonObject, Edit[], RegExp][])('name the replacing or loss of %s', (_, object, edits, words) => {
    expect(against(object, edits)).toMatch(words);
    expect(against(object, edits, ['rules are forbidden'])).toMatch(words);
  });

  it('are none where only rights go', () => {
    const context = [...container, 'securityContext'];
    const edits = [
      remove([...spec, 'hostNetwork']),
      remove([...container, 'ports', 0, 'hostPort']),
      remove([...context, 'privileged']),
      remove([...context, 'capabilities', 'add', 0]),
    ];
    expect(against(HARD, edits)).toBe('');
    expect(against(HARD, [remove([...context, 'capabilities', 'add'])])).toBe('');
  });

  it('are none where the engine says that this plain value must not be there', () => {
    expect(against(INGRESS, [remove(['spec', 'ingressClassName'])])).toMatch(/ingressClassName/);
    expect(against(INGRESS, [remove(['spec', 'ingressClassName'])], ['spec.ingressClassName is not allowed'])).toBe('');
    expect(against(INGRESS, [remove(['spec', 'rules'])], ['spec.rules is not allowed'])).toMatch(/rules/);
  });
});

describe('known values', () => {
  const policy = (rego: string, parameters: object = {}) => ({ spec: { targets: [{ rego }], parameters } });
  const known = (rego: string, parameters?: object, messages: string[] = [], others: JsonObject[] = []) =>
    knownValues([policy(rego, parameters)], messages, others);

  it('are whole tokens that a policy states', () => {
    const values = known('x > 13\nmsg := "must be 3 or less"\ny != "Local"\nstartswith(z, "c-")\ncount(bad) > 0\na[7]');
    expect([3, 13, 'Local'].map((value) => values.has(['spec', 'x'], value))).toEqual([true, true, true]);
    expect([0, 1, 7, 33, 'Loc', 'c-', 'must'].map((value) => values.has(['spec', 'x'], value))).not.toContain(true);
    expect(known('', { max: 5 }).has(['spec', 'x'], 5)).toBe(true);
  });

  it('are those of other manifests under the same key', () => {
    const others = [{ spec: { tier: 'gold' } }];
    expect(known('', {}, [], others).has(['spec', 'tier'], 'gold')).toBe(true);
    expect(known('', {}, [], others).has(['spec', 'class'], 'gold')).toBe(false);
    expect(known('', {}, [], [{ spec: { replicas: 4 } }]).has(['spec', 'replicas'], 4)).toBe(false);
  });

  it('are of people unless the policy states them for that key', () => {
    expect(known('x > 3').has(['spec', 'replicas'], 3)).toBe(false);
    expect(known('input.review.object.spec.replicas > 3').has(['spec', 'replicas'], 3)).toBe(true);
    expect(known('', { minReplicas: 2 }).has(['spec', 'replicas'], 2)).toBe(true);
    expect(known('', { max: 5 }, ['replicas must be 5 or less']).has(['spec', 'replicas'], 5)).toBe(true);
    expect(known('', {}, ['replicas must be 5 or less']).has(['spec', 'replicas'], 5)).toBe(false);
  });

  it('matter only where something new is written', () => {
    const before = { a: 1, list: ['x', 'y'], items: [{ name: 'n', v: 1, w: 2 }] };
    const after = { a: 1, b: true, list: ['y', 'z'], items: [{ name: 'm' }, { name: 'n', v: 3, w: 2 }] };
    expect([...written(before, after)].map(({ path, value }) => [path.join('.'), value])).toEqual([
      ['list.1', 'z'],
      ['items.0.name', 'm'],
      ['items.1.v', 3],
    ]);
  });
});

describe('edits', () => {
  it('make missing parents once and fold into one operation', () => {
    const operations = compile({ spec: { a: null } }, [
      set(['spec', 'a', 'x'], 1),
      set(['spec', 'a', 'y', 'z'], 2),
      append(['spec', 'list'], 'v'),
      remove(['spec', 'nothing']),
    ]);
    expect(operations).toEqual([
      { op: 'replace', path: '/spec/a', value: { x: 1, y: { z: 2 } } },
      { op: 'add', path: '/spec/list', value: ['v'] },
    ]);
  });

  it('do nothing where the wish is fulfilled or cannot be', () => {
    expect(
      compile({ a: 1, l: ['v'] }, [set(['a'], 1), append(['l'], 'v'), set(['a', 'b'], 2), set(['l', 7], 'x')]),
    ).toEqual([]);
  });
});

describe('what policies say', () => {
  it('reads required keys from parameters', () => {
    const parameters = {
      labels: ['team', { key: 'env', allowedRegex: '^(dev|prod)$' }],
      annotations: [{ key: 'a.b/c', default: 'x' }],
      message: 'labels',
    };
    expect(requiredKeys(parameters)).toMatchObject([
      { key: 'team', where: 'labels' },
      { key: 'env', pattern: '^(dev|prod)$' },
      { key: 'a.b/c', where: 'annotations', fallback: 'x' },
    ]);
    expect(wordsOfPattern('^(dev|prod)$')).toEqual(['dev', 'prod']);
    expect(wordsOfPattern('^[a-z]+$')).toEqual([]);
  });

  it('finds a text that fits a simple pattern', () => {
    for (const pattern of [
      '^[a-z]+\\.example$',
      '^(dev|prod)-\\d{2}$',
      '^https://.+$',
      '^team-[A-Z0-9]{3,8}$',
      '[^/]+',
    ])
      expect(exampleOf(pattern)).toMatch(new RegExp(pattern));
    expect(exampleOf('^(?=a)b$')).toBe('x');
  });

  it('never runs a pattern that could take forever', () => {
    expect(fits(`${'a'.repeat(40)}!`, '^(a+)+$')).toBe(false);
    expect(fits('dev', '^(dev|prod)$')).toBe(true);
  });

  it('reads Kyverno anchors', () => {
    const value = { spec: { hostPID: true, containers: [{ name: 'a', image: 'x:1', ports: [] }], keep: 1 } };
    expect(wishes({ spec: { '=(hostPID)': false, '=(hostIPC)': false } }, value)).toEqual([
      { kind: 'edit', edit: set(['spec', 'hostPID'], false) },
    ]);
    expect(wishes({ spec: { 'X(keep)': 'null' } }, value)).toEqual([{ kind: 'edit', edit: remove(['spec', 'keep']) }]);
    expect(wishes({ spec: { containers: [{ '(name)': 'b', tty: false }] } }, value)).toEqual([]);
    expect(wishes({ spec: { containers: [{ '(name)': 'a', tty: false }] } }, value)).toEqual([
      { kind: 'edit', edit: set(['spec', 'containers', 0, 'tty'], false) },
    ]);
    expect(wishes({ spec: { replicas: '>=3' } }, value)).toEqual([
      { kind: 'edit', edit: set(['spec', 'replicas'], 3) },
    ]);
    expect(wishes({ spec: { owner: '?*' } }, value)).toEqual([
      { kind: 'present', path: ['spec', 'owner'], pattern: '?*' },
    ]);
    expect(wishes({ spec: { tier: 'a | b' } }, value)).toEqual([
      { kind: 'choose', path: ['spec', 'tier'], values: ['a', 'b'] },
    ]);
  });

  it('reads images and quantities', () => {
    expect(parseImage('localhost:5000/a/b:1@sha256:0')).toEqual({
      repository: 'localhost:5000/a/b',
      tag: '1',
      digest: 'sha256:0',
    });
    expect(sameRepository('nginx', 'docker.io/library/nginx:1')).toBe(true);
    expect(sameRepository('nginx', 'example.com/nginx')).toBe(false);
    expect(['500m', '1', '1Gi', '2M', '', 'x', '1e3'].map(quantity)).toEqual([
      0.5,
      1,
      1024 ** 3,
      2e6,
      undefined,
      undefined,
      1000,
    ]);
  });
});
