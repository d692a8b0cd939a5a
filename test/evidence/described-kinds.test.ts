import { expect, test } from 'vitest';
import { parseDescribe } from '../../src/evidence/parse/describe.ts';
import { parseRows } from '../../src/evidence/parse/rows.ts';

// Descriptions that were saved without their command: the fields that only one kind prints tell which it is.
test.each([
  [
    'a node whose end was cut off',
    [
      'Conditions:',
      '  Type          Status  LastHeartbeatTime                 LastTransitionTime                Reason           Message',
      '  ----          ------  -----------------                 ------------------                ------           -------',
      '  DiskPressure  False   Wed, 25 Nov 2026 18:31:02 +0000   Wed, 25 Nov 2026 18:00:31 +0000   KubeletHasNoDiskPressure  kubelet has no disk pressure',
    ],
    { kind: 'Node' },
  ],
  [
    'a policy',
    ['Spec:', '  PodSelector:     app=api', '  Not affecting ingress traffic', '  Policy Types: Egress'],
    { kind: 'NetworkPolicy', spec: { policyTypes: ['Egress'], podSelector: { matchLabels: { app: 'api' } } } },
  ],
  [
    'a budget',
    [
      'Max unavailable:  0',
      'Selector:         app=api',
      'Status:',
      '    Allowed disruptions:  0',
      '    Total:                3',
    ],
    {
      kind: 'PodDisruptionBudget',
      spec: { maxUnavailable: '0', selector: { matchLabels: { app: 'api' } } },
      status: { disruptionsAllowed: 0, expectedPods: 3 },
    },
  ],
  [
    'a volume',
    [
      'StorageClass:    fast',
      'Status:          Released',
      'Claim:           shop/data',
      'Reclaim Policy:  Retain',
      'Access Modes:    RWO',
      'Capacity:        10Gi',
    ],
    { kind: 'PersistentVolume' },
  ],
  [
    'a claim',
    ['StorageClass:  fast', 'Status:        Bound', 'Volume:        pv-1', 'Capacity:      10Gi', 'Access Modes:  RWO'],
    { kind: 'PersistentVolumeClaim' },
  ],
])('%s is known by its fields', (_, lines, object) => {
  expect(parseDescribe(['Name:  x', ...lines])?.object).toMatchObject(object);
});

test('a table of namespaces is told by their phases, one of anything else is none', () => {
  const header = 'NAME   STATUS        AGE   LABELS';
  const rows = parseRows([header, 'shop   Active        9d    team=a', 'old    Terminating   9d    <none>'], undefined);
  expect(rows.map(({ object }) => object)).toMatchObject([
    { kind: 'Namespace', metadata: { name: 'shop', labels: { team: 'a' } }, status: { phase: 'Active' } },
    { kind: 'Namespace', metadata: { name: 'old' }, status: { phase: 'Terminating' } },
  ]);
  expect(parseRows([header, 'shop   Active   9d    <none>', 'x      Ready    9d    <none>'], undefined)).toEqual([]);
});
