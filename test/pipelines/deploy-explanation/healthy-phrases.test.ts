import { describe, expect, test } from 'vitest';
import { analyze } from '../../../pipelines/deploy-explanation/analyze.ts';
import { answerIn } from '../../../pipelines/deploy-explanation/analyzers/running/answers.ts';
import { collect } from '../../../src/evidence/collect.ts';
import { parseLogLine } from '../../../src/evidence/parse/log.ts';

const POD = 'tariffs-6c8d9f7b5c-x2k4d';
const PODS = `$ kubectl get pods -n rail\nNAME   READY   STATUS   RESTARTS   AGE\n${POD}   1/1   Running   0   5d\n`;
const logOf = (lines: readonly string[]) =>
  `$ kubectl logs -n rail ${POD}\n${lines.map((line, second) => `2026-11-26T10:00:0${second}Z ${line}`).join('\n')}\n`;

const kindsOf = (...texts: readonly string[]) =>
  analyze(collect(texts.map((text, index) => ({ name: `${index}.txt`, text }))).items).map(({ kind }) => kind);

describe('an allowance that is used up', () => {
  const told = (line: string) => kindsOf(PODS, logOf(Array.from({ length: 6 }, () => line)));

  test('is one of calls', () => {
    expect(told('WARN maps: daily API limit exceeded, cached tiles are served')).toContain('upstream-rate-limited');
    expect(told('WARN geocoder: daily quota of 9000 exceeded')).toContain('upstream-rate-limited');
  });

  test('is none where the business has limits of its own', () => {
    expect(told('INFO refund refused: daily limit exceeded for passenger 7')).not.toContain('upstream-rate-limited');
    expect(told('WARN account mailbox quota exceeded for passenger 7')).not.toContain('upstream-rate-limited');
  });
});

test('answers are read as Rails and Phoenix write them', () => {
  const answer = (line: string) => answerIn(parseLogLine(line, 1));
  expect(answer('Completed 503 Service Unavailable in 1200ms (Views: 0.4ms)')).toBe('503');
  expect(answer('[info] Sent 502 in 812µs')).toBe('502');
  for (const line of [
    'Completed 512 Jobs',
    'Completed 500 Orders in batch 3',
    'Sent 500 in 3s',
    'Sent 500 in 3 batches',
  ])
    expect(answer(line), line).toBeUndefined();
});

describe('a suspended CronJob of which a log speaks', () => {
  const CRON =
    '$ kubectl get cronjob -n rail\nNAME   SCHEDULE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE\nfare-import   0 * * * *   True   0   9d   90d\n';
  const told = (line: string) => kindsOf(CRON, PODS, logOf([line]));

  test('counts where its work is missed', () => {
    for (const line of [
      'INFO fares of fare-import are stale',
      'WARN fare-import gave nothing',
      'info GET /fares 200 fare_import=2026-11-17T10:00:00Z',
    ])
      expect(told(line), line).toContain('cronjob-suspended');
  });

  test('does not count where it is only named', () => {
    for (const line of [
      'INFO handlers: fare-import, fare-export',
      'info GET /fares 200 fare_import=2026-11-26T09:00:00Z',
    ])
      expect(told(line), line).not.toContain('cronjob-suspended');
  });
});

describe('a group of consumers without members', () => {
  const group = (name: string, lag: number) => `Consumer group '${name}' has no active members.

GROUP  TOPIC  PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG  CONSUMER-ID  HOST  CLIENT-ID
${name}  letters.v1  0  900  ${900 + lag}  ${lag}  -  -  -
`;
  const DEPLOYMENTS =
    '$ kubectl get deploy -n post\nNAME   READY   UP-TO-DATE   AVAILABLE   AGE\nsorter   0/0   0   0   40d\nsorter-web   1/1   1   1   40d\n';

  test('is missed where messages wait for the workload it is called after', () => {
    expect(kindsOf(group('sorter', 70), DEPLOYMENTS)).toContain('zero-replicas');
    expect(kindsOf(group('sorter-v2', 70), DEPLOYMENTS)).toContain('zero-replicas');
  });

  test('is not where nothing waits, a neighbour is meant, or letters are set aside', () => {
    expect(kindsOf(group('sorter', 0), DEPLOYMENTS)).not.toContain('zero-replicas');
    expect(kindsOf(group('sorter-web', 70), DEPLOYMENTS)).not.toContain('zero-replicas');
    expect(kindsOf(group('sorter-dlq', 70), DEPLOYMENTS)).not.toContain('zero-replicas');
  });
});
