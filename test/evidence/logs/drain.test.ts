import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Drain } from '../../../src/evidence/logs/drain.ts';
import { mask } from '../../../src/evidence/logs/mask.ts';
import { redact } from '../../../src/model/redaction.ts';

test('what varies is masked before lines are compared', () => {
  expect(mask('took 15ms for 10.0.0.7:5432 at 2026-11-02T09:00:00.123Z')).toBe('took <duration> for <ip> at <time>');
  expect(mask('id=3f2a9c41d7e0 req 123e4567-e89b-12d3-a456-426614174000')).toBe('id=<hex> req <uuid>');
  expect(mask('cannot open "/var/data" after 3 tries')).toBe('cannot open <str> after <num> tries');
  expect(mask('can\'t open msg="no route" to node-17')).toBe('can\'t open msg="no route" to node-<num>');
});

test('lines that differ in one word are one template, and unlike ones are not', () => {
  const drain = new Drain();
  const ids = [
    'login of user alice from 10.0.0.1',
    'login of user bob from 10.0.0.2',
    'cannot connect to db: connection refused',
    'cannot connect to cache: connection refused',
  ].map((line) => drain.add(line).id);
  expect(ids).toEqual([1, 1, 2, 2]);
  expect(drain.list()).toEqual([
    { id: 1, text: 'login of user <*> from <ip>', count: 2 },
    { id: 2, text: 'cannot connect to <*> connection refused', count: 2 },
  ]);
});

const words = fc.constantFrom(
  'order',
  'failed',
  'user',
  '42',
  '10.0.0.1',
  'x',
  'timeout',
  '"a b"',
  'db-7',
  '{',
  '=',
  'é',
);
const line = fc.array(words, { maxLength: 12 }).map((parts) => parts.join(' '));

test('any lines: the same ones give the same templates, within the bound, and a line just added has its template', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(line, fc.string()), { maxLength: 200 }),
      fc.integer({ min: 1, max: 8 }),
      (lines, templates) => {
        const [one, two] = [new Drain({ templates }), new Drain({ templates })];
        for (const text of lines) {
          const { id } = one.add(text);
          two.add(text);
          expect(one.match(text)).toBe(id);
          expect(one.list().length).toBeLessThanOrEqual(templates);
        }
        expect(two.list()).toEqual(one.list());
        if (one.forgotten === 0) expect(one.list().reduce((sum, { count }) => sum + count, 0)).toBe(lines.length);
      },
    ),
  );
});

test('templates of redacted lines hold no secret', () => {
  const canaries = ['hunter2-canary', 'ghp_canarycanarycanarycanary12', 'canary-token-0123456789'];
  const lines = [
    `connecting to postgres://app:${canaries[0]}@db.shop.svc:5432/app`,
    `git clone failed for ${canaries[1]}`,
    `Authorization: Bearer ${canaries[2]}`,
  ];
  const drain = new Drain();
  for (const text of redact(lines).value) drain.add(text);
  for (const canary of canaries) expect(JSON.stringify(drain.list())).not.toContain(canary);
});
