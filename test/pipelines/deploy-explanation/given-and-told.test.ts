import { expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import { renderMarkdown } from '../../../pipelines/deploy-explanation/markdown.ts';
import { renderExplanation } from '../../../pipelines/deploy-explanation/render.ts';
import type { ExplainRequest, Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

async function explained(request: ExplainRequest): Promise<Explanation> {
  const { run } = await runInProcess(deployExplanation, request, { predictor: noModel() });
  expect(run.error).toBeUndefined();
  return run.output as Explanation;
}

test('what could not be read is told, and lines are counted as they were given', async () => {
  const gap = { gaps: [{ after: 1, lines: 98 }], repeats: [], notes: [] };
  const answer = await explained({
    evidence: [
      { name: 'a', text: 'one\ntwo\n' },
      { name: 'b', text: 'one\nlast\n', excerpt: gap },
      { name: 'c', text: '' },
    ],
    unread: ['core.1'],
  });
  expect(answer.notSeen).toContain('core.1: it is no text, and was not read');
  expect(answer.usage.lines).toBe(2 + 100);
});

const describe = (exit: number, killing: string) => `Name:             cart-6f7c9d8b5-q2w3e
Namespace:        shop
Node:             node-7/10.0.0.7
Status:           Running
Controlled By:    ReplicaSet/cart-6f7c9d8b5
Containers:
  cart:
    Image:          cart:2
    State:          Waiting
      Reason:       CrashLoopBackOff
    Last State:     Terminated
      Reason:       Error
      Exit Code:    ${exit}
    Ready:          False
    Restart Count:  6
    Liveness:       http-get http://:8080/healthz delay=5s timeout=1s period=10s #success=1 #failure=3
Events:
  Type     Reason     Age                From      Message
  ----     ------     ----               ----      -------
  Warning  Unhealthy  3m (x18 over 10m)  kubelet   Liveness probe failed: Get "http://10.1.2.3:8080/healthz": context deadline exceeded
${killing}`;
const KILLING =
  '  Normal   Killing    3m (x6 over 10m)   kubelet   Container cart failed liveness probe, will be restarted\n';
const LOG = 'INFO starting\nINFO migrations: 14 % done\nINFO received SIGTERM, shutting down\n';
const crash = ({ findings }: Explanation) => findings.find(({ kind }) => kind === 'crash-unexplained')?.summary;

test('what the kubelet ends is no crash, and the probe tells what the program was at', async () => {
  const given = (exit: number, killing = KILLING, log = LOG) =>
    explained({
      evidence: [
        { name: 'd.txt', text: describe(exit, killing) },
        { name: 'cart.log', text: log },
      ],
    });
  for (const exit of [0, 137, 143]) {
    const answer = await given(exit);
    expect(answer.rootCause?.kind).toBe('liveness-probe-timing');
    expect(answer.rootCause?.summary).toContain('when it was told to end it was at `INFO migrations: 14 % done`');
    expect(crash(answer)).toMatch(/does not crash: the kubelet ends it because its liveness probe fails/);
    expect(crash(answer)).not.toContain('SIGTERM');
  }
  // An end of its own, and one that nothing says the kubelet brought, stay crashes.
  expect(crash(await given(1, KILLING, 'FATAL bad state\n'))).toMatch(
    /crashes \(exit code 1\); its log says `FATAL bad/,
  );
  expect(crash(await given(137, ''))).toContain('crashes (exit code 137');
  // A log that does not say that it was told to end may be of another run.
  expect((await given(137, KILLING, 'INFO starting\n')).rootCause?.summary).not.toContain('told to end');
});

test('text and Markdown show characters that turn text around by their code points', async () => {
  const answer = await explained({ evidence: [{ name: 'a.log', text: 'FATAL cannot load \u202egnp.exe\u2066\n' }] });
  for (const shown of [renderExplanation(answer, { color: false }), renderMarkdown(answer)]) {
    expect(shown).toContain('[U+202E]gnp.exe[U+2066]');
    expect(shown).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/);
  }
});

test('a line between tables ends the one before', async () => {
  const text = `NAME   STATUS     ROLES    AGE   VERSION
n1     Ready      <none>   90d   v1.33.1
n2     NotReady   <none>   90d   v1.33.1
---
NAME   READY   STATUS    RESTARTS   AGE
a-0    1/1     Running   0          1d
`;
  const answer = await explained({ evidence: [{ name: 'x', text }] });
  expect(answer.findings.map(({ object }) => object.name)).toEqual(['n2']);
});
