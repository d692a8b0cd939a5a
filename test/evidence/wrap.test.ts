import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unwrap } from '../../src/evidence/wrap.ts';
import { faultTexts } from '../helpers/fault-texts.ts';

/** As a screen breaks lines: after so many characters, whatever stands there. */
function broken(lines: readonly string[], width: number, indent = ''): string[] {
  return lines.flatMap((line) => {
    if (line.length <= width) return [line];
    const parts = [line.slice(0, width)];
    for (let at = width; at < line.length; at += width - indent.length)
      parts.push(indent + line.slice(at, at + width - indent.length));
    return parts;
  });
}

const untouched = (text: string) => {
  const lines = text.split('\n');
  expect(unwrap(lines)).toEqual({ lines, breaks: [] });
};

test('a text that was not broken stays as it is', () => {
  for (const text of faultTexts({ except: /-wrapped-message$/ })) {
    const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
    expect(unwrap(lines).breaks).toEqual([]);
  }
});

const word = fc.stringMatching(/^[a-z]{3,12}$/);
const logLine = fc
  .tuple(fc.nat(59), fc.constantFrom('INFO', 'WARN', 'ERROR'), fc.array(word, { minLength: 2, maxLength: 60 }))
  .map(([second, level, words]) => `2026-11-02T09:00:${String(second).padStart(2, '0')}Z ${level} ${words.join(' ')}`);

test('a log that was broken is whole again, also where rests are indented', () => {
  fc.assert(
    fc.property(
      fc.array(logLine, { minLength: 12, maxLength: 40 }),
      fc.integer({ min: 80, max: 160 }),
      fc.constantFrom('', '    '),
      (lines, width, indent) => {
        const given = broken(lines, width, indent);
        // Lines that end at the edge by themselves make a text ambiguous.
        const edges = lines.filter((line) => line.length === width).length;
        fc.pre(given.length - lines.length >= 4 + edges);
        const { lines: whole, breaks } = unwrap(given);
        expect(whole).toEqual(lines);
        expect(breaks.length).toBe(given.length - lines.length);
      },
    ),
    { numRuns: 60 },
  );
});

test('one line alone is joined where the width is a terminal’s and the break stands within a word', () => {
  const line = `Error from server (Forbidden): deployments.apps is forbidden: User "ci" cannot create resource`;
  expect(unwrap(broken([line], 80)).lines).toEqual([line]);
  expect(unwrap(broken([line], 83)).breaks).toEqual([]);
});

test('a quoted command and a table are whole again', () => {
  const command = `$ kubectl get pods -n shop -o jsonpath='{range .items[*]}{.metadata.name}{"\\t"}{.status.phase}{end}'`;
  const header =
    'NAME                     READY   STATUS    RESTARTS   AGE   IP            NODE       NOMINATED NODE   READY GATES';
  const row =
    'api-6d5f7c9b8d-2xk9q     1/1     Running   0          9d    10.244.1.17   worker-1   <none>           <none>';
  const lines = [command, 'api-1  Running', '$ kubectl get pods -o wide', header, row];
  expect(unwrap(broken(lines, 80)).lines).toEqual(lines);
});

test('blocks between fences, and commands of several screens, are judged by their own width', () => {
  const long =
    'time="2026-11-02T09:00:00Z" level=fatal msg="cannot open the configuration of the service, it is not readable"';
  const fenced = ['The log:', '```', ...broken([long], 80), '```', `It began ${'after the last change '.repeat(8)}`];
  expect(unwrap(fenced).lines).toContain(long);
  const commands = [
    '$ kubectl logs api',
    ...broken([long], 80),
    '$ kubectl get pods',
    `${'a'.repeat(50)} ${'b'.repeat(60)}`,
  ];
  expect(unwrap(commands).lines).toContain(long);
});

const at = (width: number, text: string, filler = 'x') => text.padEnd(width, filler);

test('lines that only happen to be as wide as the widest are not joined to what follows', () => {
  // A trace whose frame is as wide as a screen; the source line below belongs to it.
  untouched(`Traceback (most recent call last):\n${at(100, '  File "/srv/app/')}\n    raise Stopped(`);
  // A log, a table and an access log with lines of one width.
  untouched(Array.from({ length: 9 }, (_, i) => `${at(90, `2026-11-02T09:00:0${i}Z INFO done `)}`).join('\n'));
  untouched(
    [
      'NAME                     READY',
      ...['a', 'b', 'c', 'd'].map((n) => `${at(25, `${n}pi-6d5f`, ' ')}${at(55, '1/1', 'z')}`),
    ].join('\n'),
  );
  untouched(
    Array.from({ length: 5 }, (_, i) => at(100, `10.0.0.${i} - - [02/Nov/2026] "GET /items HTTP/1.1" 200 `, '7')).join(
      '\n',
    ),
  );
  // A key and a value of YAML, in a list of them.
  untouched(`data:\n${['one', 'two', 'sux'].map((key) => at(80, `  ${key}: `)).join('\n')}`);
  // A certificate, which has a width of its own; a drawn box; a ruler.
  untouched(
    ['-----BEGIN CERTIFICATE-----', ...Array<string>(8).fill('MIIB'.repeat(16)), '-----END CERTIFICATE-----'].join(
      '\n',
    ),
  );
  untouched(['┌', '│', '│', '│', '│', '└'].map((edge) => at(100, edge, 'e')).join('\n'));
  untouched(`${'='.repeat(80)}\nbuild of the image\n${'='.repeat(80)}\npush of the image`);
  // A message that is logged again and again, with the cause on a line of its own.
  const again = Array.from({ length: 5 }, (_, i) => [
    at(78, `  Billing.ClientException: call ${i} to the ledger was refused`),
    ' ---> Net.SocketException: Connection refused',
    '   at Billing.Ledger.Post()',
    `${at(78, `2026-11-02T09:00:0${i}Z ERROR request ${i} ended in an exception`)}`,
    `org.acme.LedgerException: call ${i} was refused`,
  ]).flat();
  untouched(again.join('\n'));
  // A command and what it printed.
  untouched(`${at(80, '$ kubectl exec deploy/api -- cat ')}\nok`);
});

test('what a CI system writes below a line of a usual width is no rest of it', () => {
  const refused = 'Error from server (Forbidden): error when creating "pod.yaml": pods "lantern" is forbidden: ';
  const full = `${refused}${'maximum memory usage per Container is 2Gi, but limit is 4Gi'.padStart(160 - refused.length, '.')}`;
  expect(full).toHaveLength(160);
  untouched(`${full}\nsection_end:1764145130:step_script\rCleaning up\nERROR: Job failed: exit code 1`);
});

test('a JSON text of one line that was broken at one width is whole again, also where it stands alone among short lines', () => {
  const call = JSON.stringify({
    tool: 'kubectl_get',
    params: { kind: 'pods', namespace: 'shop', output: 'wide', selector: 'app=web' },
  });
  const lines = [...broken([call], 70), 'NAME   READY', 'web-0  0/1'];
  expect(unwrap(lines).lines).toEqual([call, 'NAME   READY', 'web-0  0/1']);
  untouched(`${call.slice(0, 70)}\n${call.slice(70, -1)}\nNAME   READY`);
});

test('a sentence of Kubernetes that was broken between words is whole again, and leads back to its lines', () => {
  const lines = [
    'what is this?',
    '',
    '0/6 nodes are available: 2 node(s) had',
    'untolerated taint {dedicated: infra}, 4',
    'Insufficient memory. preemption: 0/6',
    'nodes are available: 6 Preemption is not',
    'helpful for scheduling.',
  ];
  const whole = lines.slice(2).join(' ');
  const read = unwrap(lines);
  expect(read.lines).toEqual([...lines.slice(0, 2), whole]);
  expect(read.breaks.map(({ at }) => whole.slice(0, at).trimEnd())).toEqual(
    [1, 2, 3, 4].map((count) => lines.slice(2, 2 + count).join(' ')),
  );
});

test('lines that had room for the next word, or are no such sentence, stay as they are', () => {
  untouched('Back-off restarting failed\ncontainer web in pod web-0\nit was fine yesterday, and I changed nothing');
  untouched('the first of many words here\nextraordinarily long ones below\nunquestionably nothing broken');
  untouched('Error creating: pods "x-"\n\nis forbidden: exceeded quota:\nteam');
});

test('rows of a table between tabs are no rest of the row above, however wide all are', () => {
  const row = (name: string) =>
    `${name.padEnd(12)}\tmain@sha1:5c0d19aa\tFalse    \tTrue \tApplied revision: main@sha1:5c0d19aa\t`;
  untouched(
    [
      'NAME        \tREVISION          \tSUSPENDED\tREADY\tMESSAGE                              \t',
      ...['apps', 'flux-system', 'infra', 'web'].map(row),
    ].join('\n'),
  );
});
