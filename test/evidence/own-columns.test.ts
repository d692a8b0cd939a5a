import { describe, expect, it } from 'vitest';
import { readCommand } from '../../src/evidence/command.ts';
import { fromOwnColumns, ownColumns } from '../../src/evidence/parse/own-columns.ts';
import { parseRows } from '../../src/evidence/parse/rows.ts';

const rowsOf = (command: string, ...lines: string[]) =>
  parseRows(lines, readCommand(command)).map(({ object }) => object);

describe('columns of one’s own choice', () => {
  it('stand for the fields that the command names, whatever heads them', () => {
    const [well, unwell] = rowsOf(
      "kubectl get restores.velero.io -n velero -o custom-columns='NAME:.metadata.name,HOW:.status.phase,N:.status.errors,WHY:.status.failureReason'",
      'NAME    HOW         N        WHY',
      'older   Completed   <none>   <none>',
      'newer   Failed      3        the bucket is gone',
    );
    expect(well).toMatchObject({ kind: 'Restore', status: { phase: 'Completed' } });
    expect(well?.status).not.toHaveProperty('failureReason');
    expect(unwell).toMatchObject({
      metadata: { name: 'newer', namespace: 'velero' },
      status: { phase: 'Failed', errors: 3, failureReason: 'the bucket is gone' },
    });
  });

  it('join the parts of a condition that they pick by its type', () => {
    const command =
      'kubectl get nodeclaims -o custom-columns=NAME:.metadata.name,UP:.status.conditions[?(@.type=="Ready")].status,SAYS:.status.conditions[?(@.type=="Ready")].message';
    const [claim] = rowsOf(command, 'NAME   UP      SAYS', 'gp-1   False   no instance types are left');
    expect(claim).toMatchObject({
      kind: 'NodeClaim',
      status: { conditions: [{ type: 'Ready', status: 'False', message: 'no instance types are left' }] },
    });
  });

  it('leave the others to what heads them', () => {
    const [machine] = rowsOf(
      'kubectl get machines -o custom-columns=NAME:.metadata.name,READY:.status.conditions[-1].status,V:.spec.version',
      'NAME   READY   V',
      'm-1    False   v1.31.4',
    );
    expect(machine).toMatchObject({
      kind: 'Machine',
      spec: { version: 'v1.31.4' },
      status: { conditions: [{ type: 'Ready', status: 'False' }] },
    });
  });

  it('leave Kubernetes’ own kinds to the columns that are known of them', () => {
    const [pod] = rowsOf(
      'kubectl get pods -o custom-columns=NAME:.metadata.name,NODE:.spec.nodeName',
      'NAME    NODE',
      'web-1   worker-2',
    );
    expect(pod).toMatchObject({ kind: 'Pod', spec: { nodeName: 'worker-2' } });
  });

  it('take no path that picks from a list by anything but a place, and none into what a program inherits', () => {
    expect(ownColumns('custom-columns=A:.spec.rules[-1].host,B:.status.phase')).toEqual(
      new Map([['B', 'status.phase']]),
    );
    expect(ownColumns('wide').size).toBe(0);
    const read = fromOwnColumns(ownColumns('custom-columns=A:.status.__proto__.bad'), { A: 'x' });
    expect(read).toEqual({});
    expect({}).not.toHaveProperty('bad');
  });
});

describe('columns of operators', () => {
  it('tell a health beside a phase, and a condition that is bad when True', () => {
    expect(
      rowsOf(
        'kubectl get elastic',
        'NAME                         HEALTH   NODES   VERSION   AGE',
        'kibana.kibana.k8s.elastic.co/desk   red      1       8.17.2    11m',
      )[0],
    ).toMatchObject({ kind: 'Kibana', status: { health: 'red' } });
    const [operator] = rowsOf(
      'kubectl get clusteroperators',
      'NAME      VERSION   AVAILABLE   PROGRESSING   DEGRADED   SINCE   MESSAGE',
      'console   4.17.9    True        False         True       9m      RouteHealthDegraded: route is not reachable',
    );
    expect(operator).toMatchObject({
      kind: 'ClusterOperator',
      status: { conditions: [{ type: 'Available' }, { type: 'Degraded', status: 'True' }] },
    });
  });
});

describe('columns of pods', () => {
  it('say how a pod is by the members that they pick, and nothing by what heads them', () => {
    const [well, unwell] = rowsOf(
      "kubectl get pods -n shop -o custom-columns='NAME:.metadata.name,STATUS:.status.phase,READY:.status.containerStatuses[0].ready,WHY:.status.containerStatuses[0].state.waiting.reason,N:.status.containerStatuses[0].restartCount,IMAGES:.spec.containers[*].image'",
      'NAME   STATUS    READY   WHY                N   IMAGES',
      'a-0    Running   true    <none>             0   shop/a:1,shop/proxy:2',
      'b-0    Running   false   CrashLoopBackOff   7   shop/b:1',
    );
    expect(well).toMatchObject({
      spec: { containers: [{ image: 'shop/a:1' }, { image: 'shop/proxy:2' }] },
      status: { phase: 'Running', containerStatuses: [{ ready: true, restartCount: 0 }] },
    });
    expect(unwell).toMatchObject({
      status: {
        containerStatuses: [{ ready: false, restartCount: 7, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
      },
    });
  });
});
