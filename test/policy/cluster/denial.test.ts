import { describe, expect, it } from 'vitest';
import { readVerdict } from '../../../src/policy/cluster/denial.ts';
import { fieldKeys, pointerOf } from '../../../src/policy/cluster/field-path.ts';
import { templatePod } from '../../../src/policy/cluster/template-pod.ts';

const said = (status: number, message: string, details: object = {}, warnings: string[] = []) =>
  readVerdict({ status, body: { kind: 'Status', message, details }, warnings }, 'Deployment shop/web');

const objectionsOf = (...args: Parameters<typeof said>) => {
  const reading = said(...args);
  return 'objections' in reading
    ? reading.objections.map(({ policy, rule, message }) => [`${policy.kind}/${policy.name}`, rule, message])
    : reading.unjudged;
};

describe('a denial in the words of', () => {
  it('a ValidatingAdmissionPolicy, whose words may have lines', () => {
    const head = `deployments.apps "web" is forbidden: ValidatingAdmissionPolicy 'p.example.com' with binding 'b' denied request:`;
    expect(objectionsOf(422, `${head} first\nsecond`)).toEqual([
      ['ValidatingAdmissionPolicy/p.example.com', undefined, 'first\nsecond'],
    ]);
    const failed = said(422, `${head} expression 'object.spec.x > 1' resulted in error: no such key: x`);
    expect(failed).toMatchObject({ objections: [{ failed: true }] });
  });

  it('Pod Security, one objection for each control', () => {
    const controls = `allowPrivilegeEscalation != false (containers "a", "b" must set securityContext.allowPrivilegeEscalation=false), seccompProfile (pod or container "a" must set x)`;
    const expected = [
      'PodSecurity/restricted:v1.30 allowPrivilegeEscalation != false',
      'PodSecurity/restricted:v1.30 seccompProfile',
    ];
    const keys = (found: ReturnType<typeof objectionsOf>) =>
      Array.isArray(found) && found.map(([policy, rule]) => `${policy} ${rule}`);
    const denied = `pods "web" is forbidden: violates PodSecurity "restricted:v1.30": ${controls}`;
    expect(keys(objectionsOf(403, denied))).toEqual(expected);
    const warning = `would violate PodSecurity "restricted:v1.30": ${controls}`;
    expect(keys(objectionsOf(201, '', {}, ['unknown thing', warning]))).toEqual(expected);
  });

  it('Gatekeeper, several constraints in one refusal', () => {
    const message = `admission webhook "validation.gatekeeper.sh" denied the request: [must-own] no owner\nsee the wiki\n[no-latest] tag latest`;
    expect(objectionsOf(403, message)).toEqual([
      ['Constraint/must-own', undefined, 'no owner\nsee the wiki'],
      ['Constraint/no-latest', undefined, 'tag latest'],
    ]);
  });

  it('Kyverno, several policies and rules in one refusal', () => {
    const message = `admission webhook "validate.kyverno.svc-fail" denied the request: \n\nresource Deployment/shop/web was blocked due to the following policies \n\nowners:\n  has-owner: 'validation error: an owner.\n    rule has-owner failed at path /metadata/labels/'\ntags:\n  no-latest: tag latest\n`;
    expect(objectionsOf(400, message)).toMatchObject([
      ['ClusterPolicy/owners', 'has-owner', expect.stringContaining('/metadata/labels/')],
      ['ClusterPolicy/tags', 'no-latest', 'tag latest'],
    ]);
  });

  it('any other webhook, a quota and a limit range', () => {
    expect(objectionsOf(403, 'admission webhook "x.example.com" denied the request: not today')).toEqual([
      ['AdmissionWebhook/x.example.com', undefined, 'not today'],
    ]);
    expect(objectionsOf(403, 'admission webhook "x.example.com" denied the request without explanation')).toEqual([
      ['AdmissionWebhook/x.example.com', undefined, 'denied without explanation'],
    ]);
    const quota = 'exceeded quota: small, requested: pods=1, used: pods=3, limited: pods=3';
    expect(objectionsOf(403, `pods "web" is forbidden: ${quota}`)).toEqual([['ResourceQuota/small', undefined, quota]]);
    const must = 'failed quota: small: must specify limits.cpu for: app';
    expect(objectionsOf(403, `pods "web" is forbidden: ${must}`)).toEqual([['ResourceQuota/small', undefined, must]]);
    const limit = 'maximum memory usage per Container is 1Gi, but limit is 2Gi';
    expect(objectionsOf(403, `pods "web" is forbidden: ${limit}`)).toEqual([['Admission/forbidden', undefined, limit]]);
  });

  it('the server itself: fields that it does not know', () => {
    const message = `Deployment in version "v1" cannot be handled: strict decoding error: unknown field "spec.a", duplicate field "spec.b[0].c"`;
    expect(said(400, message)).toMatchObject({
      objections: [
        { rule: 'unknown', field: ['spec', 'a'] },
        { rule: 'duplicate', field: ['spec', 'b', '0', 'c'] },
      ],
    });
  });
});

describe('no denial', () => {
  it('lacking rights and a server that cannot answer are errors', () => {
    const rights =
      'pods is forbidden: User "eve" cannot create resource "pods" in API group "" in the namespace "shop"';
    expect(() => said(403, rights)).toThrow(expect.objectContaining({ code: 'cluster-forbidden' }));
    const away = 'Internal error occurred: failed calling webhook "x.example.com": connection refused';
    expect(() => said(500, away)).toThrow(expect.objectContaining({ code: 'engine-failed' }));
  });

  it('what is about other objects is not judged', () => {
    expect(said(404, 'namespaces "x" not found')).toEqual({ unjudged: 'namespaces "x" not found' });
    const account =
      'pods "web-" is forbidden: error looking up service account shop/web: serviceaccount "web" not found';
    expect(said(403, account)).toEqual({ unjudged: account });
  });
});

describe('fields and pods', () => {
  it.each([
    ['spec.containers[0].image', '/spec/containers/0/image'],
    ['metadata.labels[example.com/team]', '/metadata/labels/example.com~1team'],
    ['spec.hard[requests.cpu]', '/spec/hard/requests.cpu'],
  ])('%s is %s', (field, pointer) => expect(pointerOf(fieldKeys(field))).toBe(pointer));

  it('a pod as its controller would send it, claims of a StatefulSet as volumes', () => {
    const template = { metadata: { labels: { app: 'db' } }, spec: { containers: [], volumes: [{ name: 'own' }] } };
    const set = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: { template, volumeClaimTemplates: [{ metadata: { name: 'data' } }] },
    };
    const { pod, at } = templatePod(set, 'shop') ?? {};
    expect(at).toEqual(['spec', 'template']);
    expect(pod).toMatchObject({
      metadata: { generateName: 'db-', namespace: 'shop', labels: { app: 'db' } },
      spec: { volumes: [{ name: 'own' }, { name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } }] },
    });
    expect(pod?.metadata.ownerReferences).toMatchObject([{ kind: 'StatefulSet', name: 'db', controller: true }]);
    expect(templatePod({ kind: 'Pod', spec: { containers: [] } }, 'shop')).toBeUndefined();
  });
});
