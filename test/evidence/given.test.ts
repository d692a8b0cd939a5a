import fc from 'fast-check';
import { expect, test } from 'vitest';
import { resolves } from '../../src/evidence/cite.ts';
import { asGiven, citedAsGiven, movedBreaks } from '../../src/evidence/given.ts';
import { legible, readable } from '../../src/evidence/legible.ts';
import { unpackedCalls } from '../../src/evidence/recorded-calls.ts';
import { answer, catalogue } from '../pipelines/deploy-explanation/metamorphic/case.ts';
import { changes } from '../pipelines/deploy-explanation/metamorphic/index.ts';
import { Random } from '../pipelines/deploy-explanation/metamorphic/random.ts';

const breaking = changes.filter(({ name }) => /broken/.test(name));
const SHARE = 0.06;

test('answers cite broken texts as they were given, byte for byte, at the lines they name', () => {
  let cited = 0;
  for (const one of catalogue()) {
    const random = new Random(`given ${one.path}`);
    if (random.next() >= SHARE) continue;
    const changed = random.pick(breaking).apply(one, random);
    // Of a recording the lines count that its tools printed.
    if (changed === undefined || changed.files.some(({ text }) => unpackedCalls(text) !== undefined)) continue;
    const output = answer(changed);
    const items = new Map(output.evidence.map((item) => [item.id, item]));
    const given = new Map(changed.files.map(({ name, text }) => [name, legible(text).split('\n')]));
    for (const item of output.evidence) {
      const lines = given.get(item.source.name)?.slice(item.lines.from - 1, item.lines.to);
      if (!item.text.includes('[redacted')) expect(item.text, one.path).toBe(lines?.join('\n'));
    }
    for (const citation of [...output.findings, ...output.hypotheses].flatMap(({ citations }) => citations)) {
      expect(resolves(citation, items), `${one.path}: ${citation.quote}`).toBe(true);
      cited++;
    }
    for (const moment of output.timeline) {
      const item = items.get(moment.evidence);
      if (item === undefined || moment.lines === undefined) continue;
      expect(moment.lines.to).toBeLessThanOrEqual(item.lines.to);
    }
  }
  expect(cited).toBeGreaterThan(30);
});

test('an item is given back as it was, and a quote of it where it stood', () => {
  const long = '2026-11-02T09:00:01Z ERROR cannot open orders: permission denied by the policy of the file system';
  const text = [
    '2026-11-02T09:00:00Z INFO start',
    long.slice(0, 80),
    long.slice(80),
    '2026-11-02T09:00:02Z INFO end',
  ].join('\n');
  const read = readable(text);
  expect(read.text.split('\n')[1]).toBe(long);
  const item = {
    id: 'E1',
    source: { kind: 'log' as const, name: 'a.log' },
    lines: { from: 1, to: 3 },
    text: read.text,
    broken: { before: 0, breaks: [...read.breaks] },
  };
  expect(asGiven(item)).toMatchObject({ text, lines: { from: 1, to: 4 } });
  expect(asGiven(item)).not.toHaveProperty('broken');
  const quoted = (line: number, quote: string) =>
    citedAsGiven({ evidence: 'E1', lines: { from: line, to: line }, quote }, item);
  expect(quoted(2, 'permission denied')).toMatchObject({ lines: { from: 2, to: 2 }, quote: 'permission denied' });
  expect(quoted(2, long)).toMatchObject({
    lines: { from: 2, to: 3 },
    quote: `${long.slice(0, 80)}\n${long.slice(80)}`,
  });
  expect(quoted(3, 'INFO end')).toMatchObject({ lines: { from: 4, to: 4 } });
});

test('breaks find their place again after secrets were replaced', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ' '), minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(text, text, text, fc.nat(90), (head, secret, tail, place) => {
      const was = head + secret + tail;
      const is = `${head}[redacted:1]${tail}`;
      const at = place % (was.length + 1);
      const [moved] = movedBreaks([{ line: 1, at, indent: '' }], was, is);
      expect(moved?.at).toBeGreaterThanOrEqual(0);
      expect(moved?.at).toBeLessThanOrEqual(is.length);
      if (at <= head.length) expect(moved?.at).toBe(at);
    }),
  );
});
