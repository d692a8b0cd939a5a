import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeRepository, type TestRepository } from '../../../helpers/repository.ts';
import { afterPatch, deployment, evidenceOf, explained } from './shop.ts';

let repo: TestRepository;
beforeEach(() => {
  repo = makeRepository();
});
afterEach(() => repo.remove());

const LATE = evidenceOf('running/liveness-probe-timing', 'as-found');
const PROBE = 'livenessProbe:\n';

/** The Deployment with these lines in its liveness probe, before or behind the request that it makes. */
function probed(before: readonly string[], behind: readonly string[] = [], image = '1.4.1'): string {
  const lines = (of: readonly string[]) => of.map((line) => `            ${line}\n`).join('');
  const text = deployment('shop', 'search', { [PROBE]: PROBE + lines(before), ':1.4.1': `:${image}` });
  return text + lines(behind);
}

test('fields of one probe that one commit changed are undone together, wherever they stand in the file', async () => {
  const good = repo.commit('Well', { 'a.yaml': probed(['initialDelaySeconds: 90'], ['timeoutSeconds: 5']) });
  const culprit = repo.commit('Snappier', { 'a.yaml': probed(['initialDelaySeconds: 5'], ['timeoutSeconds: 1']) });
  repo.commit('Next', { 'a.yaml': probed(['initialDelaySeconds: 5'], ['timeoutSeconds: 1'], '1.4.2') });
  const answer = await explained(LATE, { path: repo.path, good });
  expect(answer.rootCause?.kind).toBe('liveness-probe-timing');
  expect(answer.change?.git?.commit?.id).toBe(culprit);
  expect(answer.change?.summary).toMatch(/initialDelaySeconds 90 → 5, .*timeoutSeconds 5 → 1/);
  // The image that came later stays.
  expect(afterPatch(repo, answer, good)).toBe('1\t1\ta.yaml\n');
  expect(repo.git('diff', '-U0', good)).toContain('+          image: registry.example.com/shop/search:1.4.2');
});

test('a field that came where another changed is one of them', async () => {
  const good = repo.commit('Well', { 'a.yaml': probed(['initialDelaySeconds: 90 # measured']) });
  repo.commit('Snappier', { 'a.yaml': probed(['initialDelaySeconds: 5', 'timeoutSeconds: 1']) });
  const answer = await explained(LATE, { path: repo.path, good });
  expect(afterPatch(repo, answer, good)).toBe('');
});

test('what another commit changed in the probe is told, and stays', async () => {
  const good = repo.commit('Well', { 'a.yaml': probed(['initialDelaySeconds: 90'], ['timeoutSeconds: 5']) });
  repo.commit('Ask less often', { 'a.yaml': probed(['initialDelaySeconds: 90'], ['timeoutSeconds: 1']) });
  repo.commit('Earlier', { 'a.yaml': probed(['initialDelaySeconds: 5'], ['timeoutSeconds: 1']) });
  const answer = await explained(LATE, { path: repo.path, good });
  expect(answer.git?.summary.concat(...(answer.git?.changes ?? []))).toContain('timeoutSeconds 5 → 1');
  expect(afterPatch(repo, answer, 'HEAD')).toBe('1\t1\ta.yaml\n');
});

test('the field that the finding speaks of comes first', async () => {
  const slow = LATE.map(({ name, text }) => ({
    name,
    text: text.replace('dial tcp 10.2.3.4:9200: connect: connection refused', 'context deadline exceeded'),
  }));
  const good = repo.commit('Well', { 'a.yaml': probed(['initialDelaySeconds: 90', 'timeoutSeconds: 5']) });
  const culprit = repo.commit('Less patient', { 'a.yaml': probed(['initialDelaySeconds: 90', 'timeoutSeconds: 1']) });
  repo.commit('Earlier', { 'a.yaml': probed(['initialDelaySeconds: 5', 'timeoutSeconds: 1']) });
  const answer = await explained(slow, { path: repo.path, good });
  expect(answer.rootCause?.summary).toContain('no answer within its timeout of 1s');
  expect(answer.change?.git?.commit?.id).toBe(culprit);
});
