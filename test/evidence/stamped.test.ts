import { describe, expect, test } from 'vitest';
import { legible } from '../../src/evidence/legible.ts';

const POD = `Name:             web-5d9c7b6f4-x2lmv
Namespace:        shop
Labels:           app=web
Containers:
  web:
    State:          Waiting
      Reason:       ImagePullBackOff

Events:           <none>`;
const TABLE =
  'NAME   READY   STATUS   RESTARTS   AGE\nweb    0/1     Error    3          5m\ndb     1/1     Running  0          5m';
const OBJECT = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web';
const LOG = 'starting\nERROR dial tcp 10.1.1.1:5432: connection refused\n  at connect\nName: web\nVersion: 2';

const STAMPS = [
  '2026-11-02T10:00:00.123456789Z ',
  '2026-11-02T10:00:00+01:00 stderr F ',
  '2026-11-02 10:00:00,123 ',
  '[2026-11-02 10:00:00] ',
  'Nov  2 10:00:00 ',
  'Nov 22 10:00:00 bastion collect[31]: ',
  '00:00:01 ',
  '[10:00:00.5] ',
];
const under = (stamp: string, text: string) => text.replaceAll(/^/gm, stamp);

describe.each(STAMPS)('%s before every line', (stamp) => {
  test.each([POD, TABLE, OBJECT, `$ kubectl get pods\n${TABLE}`])(
    'comes off what a tool of a cluster printed: %#',
    (text) => {
      expect(legible(under(stamp, text))).toBe(text);
    },
  );

  test('stays in a log, also in one that a command asked for among others', () => {
    expect(legible(under(stamp, LOG))).toBe(under(stamp, LOG));
    const commands = ['$ kubectl describe pod web', '$ kubectl logs web', '$ kubectl get pods'] as const;
    expect(legible(under(stamp, [commands[0], POD, commands[1], LOG, commands[2], TABLE].join('\n')))).toBe(
      [commands[0], POD, commands[1], under(stamp, LOG), commands[2], TABLE].join('\n'),
    );
  });
});

test('a text of which some lines have no time stays as it is', () => {
  const text = `${under('10:00:00 ', OBJECT)}\nno time here`;
  expect(legible(text)).toBe(text);
});
