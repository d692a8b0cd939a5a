import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ScoreEvent } from '../../src/leaderboard/events.ts';
import { plainEvent } from '../../src/leaderboard/plain-event.ts';
import { plainTime } from '../../src/leaderboard/plain-time.ts';

/** What the schema makes of an event, its time read; undefined: it refuses it. */
function bySchema(raw: unknown): object | undefined {
  const { success, data } = ScoreEvent.safeParse(raw);
  return success ? { ...data, time: Date.parse(data.time) } : undefined;
}

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

const id = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 128 }),
  fc.constantFrom('Ängström', '東京の選手', 'a'.repeat(128), '東'.repeat(42), '\u00a0', ' '),
);
const instant = fc.date({ min: new Date('2015-01-01'), max: new Date('2044-12-31'), noInvalidDate: true });
const time = instant.chain((date) =>
  fc.constantFrom(
    ...[date.toISOString(), `${date.toISOString().slice(0, 19)}Z`, `${date.toISOString().slice(0, 19)}.1234567Z`],
    ...[`${date.toISOString().slice(0, 19)}+02:00`, `${date.toISOString().slice(0, 22)}-09:30`],
  ),
);
const ordinary = fc.record(
  {
    player: id,
    time,
    score: fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })),
    id,
    source: id,
    sequence: fc.nat(),
    metadata: fc.dictionary(
      fc.string().filter((name) => !(name in {})),
      fc.jsonValue(),
    ),
  },
  { requiredKeys: ['player', 'time'] },
);

/** Texts that times and ids are easily mistaken for, and values of other kinds. */
const odd = fc.oneof(
  fc.constantFrom<unknown>(
    ...['', 'a\u0085', 'a\n', '\u007f', '\ud800', 'a'.repeat(129), '東'.repeat(43), '😀'.repeat(32), '😀'.repeat(33)],
    ...['2026-02-29T10:00:00Z', '2024-02-29T10:00:00Z', '2026-02-30T10:00:00Z', '2026-13-01T00:00:00Z'],
    ...['2026-11-23T24:00:00Z', '2026-11-23T23:60:00Z', '2026-11-23T23:59:60Z', '2026-11-23T23:59:59.Z'],
    ...['2026-11-23T10:00Z', '2026-11-23 10:00:00Z', '2026-11-23T10:00:00z', '2026-11-23T10:00:00', '2026-11-23'],
    ...['2026-11-23T10:00:00+24:00', '2026-11-23T10:00:00+0200', '02026-11-23T10:00:00Z', 'Nov 23, 26T10:00:00Z'],
    ...[-1, 0.5, -0, 2 ** 53, null, [], {}, ['a'], { constructor: 1 }],
  ),
  fc.jsonValue(),
);
const field = fc.constantFrom(...Object.keys(ScoreEvent.shape), 'extra', '__proto__', 'constructor', 'toString');

test('an event that is read plainly is what the schema makes of it', () => {
  const withOddField = fc.tuple(ordinary, field, odd).map(([event, name, value]) => {
    const text = JSON.stringify({ ...event, [name]: undefined });
    const more = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
    return JSON.parse(`${text.slice(0, -1)},${more}}`);
  });
  fc.assert(
    fc.property(fc.oneof(withOddField, odd, fc.dictionary(field, odd)), (raw) => {
      const plain = plainEvent(raw);
      if (plain !== undefined) expect(json(plain)).toEqual(json(bySchema(raw)));
    }),
    { numRuns: 5000 },
  );
});

test('metadata that JavaScript gives a meaning to is left to the schema', () => {
  const event = { player: 'ada', score: 1, time: '2026-11-23T10:00:00Z' };
  for (const metadata of ['{"__proto__":1}', '{"constructor":1}', '[]', 'null', '1'])
    expect(plainEvent({ ...event, metadata: JSON.parse(metadata) })).toBeUndefined();
});

test('ordinary events are read plainly', () => {
  fc.assert(
    fc.property(ordinary, (event) => {
      expect(plainEvent(json(event))).toBeDefined();
    }),
  );
});

test('a plain time is what Date.parse reads, whatever was read before', () => {
  const texts = fc.array(
    fc.oneof(
      time,
      odd.filter((value): value is string => typeof value === 'string'),
    ),
  );
  fc.assert(
    fc.property(texts, (all) => {
      for (const text of all) {
        const plain = plainTime(text);
        if (plain !== undefined) expect(plain).toBe(Date.parse(text));
      }
    }),
    { numRuns: 1000 },
  );
});

test('a time with seconds is read plainly', () => {
  fc.assert(
    fc.property(time, (text) => {
      expect(plainTime(text)).toBe(Date.parse(text));
    }),
  );
});
