import { expect, it } from 'vitest';
import { collect } from '../../src/evidence/collect.ts';
import { describedData } from '../../src/evidence/described-data.ts';
import { buildScene } from '../../src/evidence/scene.ts';

const LINES = [
  'Name:         flags',
  'Namespace:    shop',
  'Labels:       <none>',
  'Annotations:  <none>',
  '',
  'Data',
  '====',
  'flags.json:',
  '----',
  '{',
  '  "kind": "x",',
  '  "on": true',
  '}',
  '',
  'pod.yaml:',
  '----',
  'apiVersion: v1',
  'kind: Pod',
  'metadata:',
  '  name: made-from-a-template',
  '',
  '',
  'BinaryData',
  '====',
  '',
  'Events:  <none>',
];

it('reads the values of a described ConfigMap whole, whatever they look like', () => {
  expect(describedData(LINES)).toEqual({
    'flags.json': '{\n  "kind": "x",\n  "on": true\n}',
    'pod.yaml': 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: made-from-a-template',
  });
});

it('takes no value of a ConfigMap for an object of the cluster', () => {
  const { items } = collect([{ name: 's.txt', text: `$ kubectl describe cm flags -n shop\n${LINES.join('\n')}\n` }]);
  const scene = buildScene(items);
  expect(scene.objects.map(({ ref }) => `${ref.kind}/${ref.name}`)).toEqual(['ConfigMap/flags']);
  expect(Object.keys(scene.objects[0]?.object.data ?? {})).toEqual(['flags.json', 'pod.yaml']);
});
