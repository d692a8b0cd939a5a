import { describe, expect, test } from 'vitest';
import { parseObjects } from '../../src/evidence/parse/objects.ts';
import { printedValues } from '../../src/evidence/parse/printed/index.ts';
import { isPrintedStart } from '../../src/evidence/parse/printed/starts.ts';
import { split } from '../../src/evidence/split.ts';
import { languages, type Value } from '../pipelines/deploy-explanation/metamorphic/values.ts';

const POD: Value = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-6d4f9c7b58-q7c4d',
    namespace: 'shop',
    creationTimestamp: '2026-11-02T09:10:05Z',
    labels: { app: 'web', 'app.kubernetes.io/name': 'web' },
  },
  spec: { containers: [{ name: 'app', image: 'registry.example.com/shop/web:1.4', args: ['--port', '8080'] }] },
  status: {
    phase: 'Pending',
    conditions: [{ type: 'Ready', status: 'False' }],
    containerStatuses: [
      {
        name: 'app',
        ready: false,
        restartCount: 3,
        state: {
          waiting: { message: 'Back-off pulling image "web:1.4": not found (a: b, c=d)', reason: 'ImagePullBackOff' },
        },
      },
    ],
  },
};

describe.each(Object.entries(languages).filter(([name]) => !/^(?:json-string|tool-result)$/.test(name)))(
  '%s',
  (_, print) => {
    test('prints objects that are read as they were', () => {
      const text = print([POD, POD]);
      const objects = split(text).flatMap(({ kind, lines }) =>
        kind === 'object' ? parseObjects(lines.join('\n')) : [],
      );
      expect(objects).toEqual([POD, POD]);
    });
  },
);

test('types of Go and Rust give the kind, and their fields are those of the API', () => {
  const go =
    '&Pod{ObjectMeta:{web-0  shop  9b1f 81 0 2026-11-02 09:00:00 +0000 UTC <nil> <nil> map[app:web] map[] ' +
    '[{apps/v1 StatefulSet web 71c0 0xc000a1b2c8 0xc000a1b2c9}] [] []},Spec:PodSpec{NodeName:n1,},' +
    'Status:PodStatus{Phase:Pending,PodIP:10.0.0.7,Message:no, not yet: soon,},}';
  expect(parseObjects(go)).toEqual([
    {
      kind: 'Pod',
      metadata: {
        name: 'web-0',
        namespace: 'shop',
        labels: { app: 'web' },
        ownerReferences: [{ kind: 'StatefulSet', name: 'web', controller: true }],
      },
      spec: { nodeName: 'n1' },
      status: { phase: 'Pending', podIP: '10.0.0.7', message: 'no, not yet: soon' },
    },
  ]);
  const rust =
    'Pod { metadata: ObjectMeta { name: Some("web-0"), uid: None }, status: Some(PodStatus { conditions: ' +
    'Some([PodCondition { status: "False", type_: "Ready" }]), pod_ip: Some("10.0.0.7") }) }';
  expect(parseObjects(rust)).toEqual([
    {
      kind: 'Pod',
      metadata: { name: 'web-0' },
      status: { conditions: [{ status: 'False', type: 'Ready' }], podIP: '10.0.0.7' },
    },
  ]);
});

test('texts that Python and JavaScript break are one', () => {
  expect(printedValues("{'message': 'Liveness probe failed: '\n            'HTTP 404'}")).toEqual([
    { message: 'Liveness probe failed: HTTP 404' },
  ]);
  expect(printedValues("{ message: 'one\\n' +\n  'two' }")).toEqual([{ message: 'one\ntwo' }]);
});

test('what is alike in logs and sources is no object', () => {
  for (const line of [
    'class Pod extends Base {',
    "{'level': 'info'}",
    'map[error:refused]',
    'Pod { ... }',
    'kind = Pod',
    'apiVersion: v1',
  ])
    expect(isPrintedStart(line), line).toBe(false);
});

test('what is broken off is read as far as it goes', () => {
  for (const text of [
    "{'kind': 'Pod', 'metadata': {'name': 'web",
    'map[kind:Pod metadata:map[name:web',
    '&Pod{ObjectMeta:{web',
    'class V1Pod {',
  ])
    expect(() => printedValues(text)).not.toThrow();
  expect(() => printedValues('['.repeat(100_000))).not.toThrow();
  expect(printedValues("{'__proto__': {'polluted': 1}, 'kind': 'Pod'}")).toEqual([{ kind: 'Pod' }]);
});
