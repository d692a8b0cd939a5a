import { expect, test } from 'vitest';
import { kubeStatePods, samplesIn } from '../../src/evidence/parse/kube-state.ts';
import { traceErrors } from '../../src/evidence/parse/traces.ts';

const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });

function otlp(spans: readonly object[]) {
  const resource = { attributes: [attribute('service.name', 'seats'), attribute('k8s.pod.name', 'seats-0')] };
  return { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] };
}

const request = { spanId: '1', name: 'POST /reserve', startTimeUnixNano: '1', status: { code: 2, message: '500' } };
const query = {
  spanId: '2',
  parentSpanId: '1',
  name: 'UPDATE',
  status: { code: 'STATUS_CODE_ERROR', message: 'deadlock' },
};

test('of a failed request the span below all that failed tells the error', () => {
  const found = traceErrors(otlp([request, query]));
  expect(found).toEqual([{ labels: { app: 'seats', pod: 'seats-0' }, name: 'UPDATE', message: 'deadlock', time: '' }]);
});

test('a span without an exception tells its error in attributes, or by the status of its answer', () => {
  const failed = (...attributes: object[]) => ({ ...query, status: { code: 2 }, attributes });
  const told = (span: object) => traceErrors(otlp([request, span]))?.map(({ message }) => message);
  expect(told(failed(attribute('error.message', 'too late')))).toEqual(['too late']);
  expect(told(failed(attribute('http.response.status_code', '503')))).toEqual(['answered with status 503']);
  expect(told(failed(attribute('http.response.status_code', '404')))).toEqual([]);
});

test('an error that the request got over is none', () => {
  expect(traceErrors(otlp([{ ...request, status: {} }, query]))).toEqual([]);
});

test('what is no trace is left alone', () => {
  expect(traceErrors({ data: { result: [] } })).toBeUndefined();
  expect(traceErrors({ data: [{ id: 1 }] })).toBeUndefined();
  expect(traceErrors([])).toBeUndefined();
});

test('a sample of a state of a container counts while it is 1 and names its metric', () => {
  const metric = {
    __name__: 'kube_pod_container_status_waiting_reason',
    pod: 'a-0',
    container: 'a',
    reason: 'CrashLoopBackOff',
  };
  const answer = (sample: object, value: string) => ({ data: { result: [{ metric: sample, value: [1, value] }] } });
  expect(kubeStatePods(answer(metric, '1'))).toMatchObject([{ kind: 'Pod', metadata: { name: 'a-0' } }]);
  expect(kubeStatePods(answer(metric, '0'))).toEqual([]);
  expect(kubeStatePods(answer({ ...metric, __name__: undefined }, '1'))).toEqual([]);
});

test('samples as promtool prints them, or as a target exposes them, are read as an answer', () => {
  const labels = '{container="a", namespace="shop", pod="a-0", reason="Error"}';
  const metric = 'kube_pod_container_status_terminated_reason';
  const pods = (line: string) => kubeStatePods(samplesIn(['# HELP', '', line]));
  expect(pods(`${metric}${labels} => 1 @[1795690000]`)).toMatchObject([
    { metadata: { name: 'a-0', namespace: 'shop' } },
  ]);
  expect(pods(`${metric}${labels} 1`)).toHaveLength(1);
  expect(pods(`${metric}${labels} => 0 @[1795690000]`)).toEqual([]);
  expect(samplesIn([`${metric}${labels} 1`, 'started'])).toBeUndefined();
});
