import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Events } from '../../src/leaderboard/events.ts';
import { packEvents, unpackEvents } from '../../src/leaderboard/packed.ts';

const id = fc.string({ minLength: 1, unit: 'grapheme' }).map((text) => text.replace(/\p{Cc}/gu, '') || '"\\');
const time = fc.integer({ min: Date.UTC(2015), max: Date.UTC(2045) });
const score = fc.maxSafeInteger().map((number) => number + 0);

const events: fc.Arbitrary<Events> = fc.integer({ min: 1, max: 30 }).chain((length) => {
  const column = <T>(element: fc.Arbitrary<T>) => fc.array(element, { minLength: length, maxLength: length });
  const maybe = { requiredKeys: ['players', 'scores', 'times'] as ('players' | 'scores' | 'times')[] };
  return fc.record(
    {
      players: column(id),
      scores: column(score),
      times: column(time),
      ids: column(id),
      sources: column(fc.oneof(fc.constant(''), id)),
      sequences: column(fc.maxSafeNat()),
      // Metadata may hold what separates ids.
      metadata: column(fc.constantFrom('', '{}', '{"a":"\u007f"}')),
    },
    maybe,
  );
});

const through = (packed: unknown, most = 500) => unpackEvents(JSON.parse(JSON.stringify(packed)), most);

test('columns come out of JSON as they went in', () => {
  fc.assert(fc.property(events, (columns) => void expect(through(packEvents(columns))).toEqual(columns)));
});

test('anything else is no events', () => {
  const two = packEvents({
    players: ['ada', 'bob'],
    scores: [1, -2],
    times: [5, 6],
    ...{ ids: ['a', 'b'], sequences: [0, 1], sources: ['', 'eu'], metadata: ['', '{}'] },
  });
  expect(through(two, 2)).toBeDefined();
  expect(through(two, 1)).toBeUndefined();
  for (const odd of [null, 1, 'ab', [], {}]) expect(through(odd)).toBeUndefined();
  for (const name of ['players', 'scores', 'from', 'after'])
    expect(through({ ...two, [name]: undefined })).toBeUndefined();
  for (const [name, column] of Object.entries(two)) {
    const lists = Array.isArray(column) ? [[column[0]], [...column, column[0]], [column[0], null]] : [];
    for (const wrong of [...lists, {}, null, name === 'from' ? '5' : 'one'])
      expect(through({ ...two, [name]: wrong }), `${name}: ${JSON.stringify(wrong)}`).toBeUndefined();
  }
});
