import { expect, test } from 'vitest';
import { cloudResources } from '../../src/evidence/parse/cloud-resources.ts';
import { gcloudValues } from '../../src/evidence/parse/gcloud-values.ts';

const read = (value: unknown, command?: string) =>
  cloudResources(JSON.stringify(value, null, 4), command).map(({ kind, metadata, status }) => ({
    kind,
    ...(metadata as { name: string }),
    ...(status as { state: string; message?: string }),
  }));

test('what clients of clouds list is a resource with its state and the reason that it tells', () => {
  expect(read({ DBInstances: [{ DBInstanceIdentifier: 'a', DBInstanceStatus: 'storage-full' }] }, 'aws rds x')).toEqual(
    [{ kind: 'DBInstance', name: 'a', state: 'storage-full' }],
  );
  expect(
    read(
      {
        TargetHealthDescriptions: [
          { Target: { Id: '10.0.0.4', Port: 80 }, TargetHealth: { State: 'unhealthy', Reason: 'Target.Timeout' } },
        ],
      },
      'aws_elbv2_describe_target_health',
    ),
  ).toEqual([{ kind: 'Target', name: '10.0.0.4', state: 'unhealthy', message: 'Target.Timeout' }]);
  expect(
    read({
      nodegroup: {
        nodegroupArn: 'arn:aws:eks:eu-west-1:1:nodegroup/p/ng/1',
        nodegroupName: 'ng',
        status: 'DEGRADED',
        health: { issues: [{ code: 'AccessDenied', message: 'no role' }] },
      },
    }),
  ).toEqual([{ kind: 'Nodegroup', name: 'ng', state: 'DEGRADED', message: 'AccessDenied; no role' }]);
  expect(read({ kind: 'sql#instance', name: 'pg', state: 'FAILED' })).toEqual([
    { kind: 'Instance', name: 'pg', state: 'FAILED' },
  ]);
  expect(
    read({
      id: '/subscriptions/1/resourceGroups/g/x',
      name: 'k',
      type: 'M.C/managedClusters',
      provisioningState: 'Failed',
    }),
  ).toEqual([{ kind: 'ManagedCluster', name: 'k', state: 'Failed' }]);
});

test('what was taken down on purpose, other tools and objects of the API are none', () => {
  expect(
    read(
      { Reservations: [{ Instances: [{ InstanceId: 'i-1', State: { Code: 48, Name: 'terminated' } }] }] },
      'aws ec2 x',
    ),
  ).toEqual([]);
  expect(read([{ name: 'web', status: 'failed' }], 'list_builds')).toEqual([]);
  expect(read({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, status: { state: 'x' } }, 'aws x')).toEqual(
    [],
  );
});

test('of several states the worst counts, and a thing is called by its own name', () => {
  const arn = (what: string) => `arn:aws:ecs:eu-west-1:1:${what}`;
  expect(
    read(
      {
        tasks: [
          {
            desiredStatus: 'RUNNING',
            clusterArn: arn('cluster/c'),
            taskArn: arn('task/c/t1'),
            lastStatus: 'RUNNING',
            healthStatus: 'UNHEALTHY',
          },
        ],
      },
      'aws ecs x',
    ),
  ).toEqual([{ kind: 'Task', name: 't1', state: 'UNHEALTHY' }]);
  const instance = {
    InstanceId: 'i-1',
    InstanceState: { Code: 16, Name: 'running' },
    InstanceStatus: { Status: 'impaired' },
  };
  expect(read({ InstanceStatuses: [instance] }, 'aws ec2 x')).toMatchObject([{ name: 'i-1', state: 'impaired' }]);
  const part = { StackName: 's', LogicalResourceId: 'Db', ResourceStatus: 'CREATE_FAILED' };
  expect(read({ StackResources: [part] }, 'aws cloudformation x')).toMatchObject([
    { name: 'Db', state: 'CREATE_FAILED' },
  ]);
});

test("members that Google's client printed with tabs between them are of the resource that it describes", () => {
  const command =
    "gcloud run services describe seat-api --region europe-west1 --format='value(status.conditions[0].type,status.conditions[0].status,status.latestReadyRevisionName)'";
  expect(gcloudValues('Ready\tFalse', command)).toMatchObject({
    kind: 'Service',
    metadata: { name: 'seat-api' },
    status: { conditions: [{ type: 'Ready', status: 'False' }] },
  });
  expect(gcloudValues('ERROR: (gcloud.run) not found', command)).toBeUndefined();
  expect(gcloudValues('Ready\tFalse', 'gcloud run services list')).toBeUndefined();
});

test('what was picked out of a thing is of the thing that the command asks about', () => {
  const picked =
    '{"status": "DEGRADED", "health": {"issues": [{"code": "Ec2SubnetNotFound", "message": "no such subnet"}]}}';
  const command =
    "aws eks describe-nodegroup --cluster-name c --nodegroup-name blue --query 'nodegroup.{status:status,health:health}'";
  expect(cloudResources(picked, command)).toMatchObject([
    {
      kind: 'Nodegroup',
      metadata: { name: 'blue' },
      status: { state: 'DEGRADED', message: expect.stringContaining('no such subnet') },
    },
  ]);
});
