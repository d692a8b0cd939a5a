import { describe, expect, it } from 'vitest';
import { remarkAt } from '../../src/manifest/remark.ts';

const TEXT = `spec:
  # How many the licence allows.
  # Ask before you change it.
  replicas: 3
  minReadySeconds: 5 # until the cache is warm
  paused: false # as before

  # A part of its own.
  template: {spec: {"terminationGracePeriodSeconds": 600}} # drains slowly, by night
  message: "no # comment of ours" # the words of the client
  text: 'it''s # none'
    # deeper than the key is no remark
  other: 1
  # replicas: 5
  last: 2
  # -----
  - name: x # first of all others
  # never touch it
  least: 1
`.split('\n');

describe('a remark', () => {
  it.each([
    [4, 'replicas', 'How many the licence allows. Ask before you change it.'],
    [5, 'minReadySeconds', 'until the cache is warm'],
    [9, 'terminationGracePeriodSeconds', 'drains slowly, by night'],
    [10, 'message', 'the words of the client'],
    [17, 'name', 'first of all others'],
    [19, 'least', 'never touch it'],
  ])('stands beside or above the key of line %i', (line, key, words) => {
    expect(remarkAt(TEXT, line, key)).toBe(words);
  });

  it.each([
    [4, 'minReplicas', 'another key'],
    [6, 'paused', 'a label'],
    [11, 'text', 'a sign inside quotes'],
    [13, 'other', 'a comment of another depth'],
    [15, 'last', 'YAML that is commented out'],
    [99, 'last', 'no line'],
  ])('is none at line %i of %s: %s', (line, key) => {
    expect(remarkAt(TEXT, line, key)).toBeUndefined();
  });
});
