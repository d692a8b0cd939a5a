import { describe, expect, test } from 'vitest';
import { barePart } from '../../../src/evidence/logs/prefix.ts';
import { TraceReader } from '../../../src/evidence/logs/trace.ts';
import { PREFIXES, TRACES } from './traces.ts';

describe.each(Object.entries(PREFIXES))('%s', (_, prefix) => {
  test.each(Object.entries(TRACES))('a trace of %s is one event, and the next line is another', (_language, trace) => {
    const reader = new TraceReader();
    const lines = [
      '2026-11-02 09:00:00 INFO starting',
      ...trace,
      '2026-11-02 09:00:01,000 INFO [main] next',
      'GET /orders 200',
    ];
    const continues = lines.map((line) => reader.push(barePart(prefix(line)).text));
    const whole = trace.map((_line, index) => index > 0);
    expect(continues).toEqual([false, ...whole, false, false]);
  });
});
