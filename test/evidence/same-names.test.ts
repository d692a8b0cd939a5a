import { expect, test } from 'vitest';
import { collect } from '../../src/evidence/collect.ts';
import { sameObject } from '../../src/evidence/model.ts';
import { buildScene } from '../../src/evidence/scene.ts';

const scene = (text: string) => buildScene(collect([{ name: 'seen.txt', text }]).items);

const SERVERLESS = `apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  name: mailer
  namespace: mail
status:
  conditions:
  - type: Ready
    status: "False"
    reason: RevisionFailed
    message: no such image
`;
const CORE = `apiVersion: v1
kind: Service
metadata:
  name: mailer
  namespace: mail
spec:
  type: ExternalName
  externalName: gateway.mesh.svc
`;
const ROW = `$ kubectl get svc mailer -n mail
NAME     TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
mailer   ClusterIP   10.0.0.9     <none>        80/TCP    3d
`;

test('kinds of the same name in other API groups are other objects', () => {
  for (const text of [
    `${SERVERLESS}---\n${CORE}`,
    `$ kubectl get ksvc mailer -n mail -o yaml\n${SERVERLESS}${ROW}`,
    `${ROW}$ kubectl get service.serving.knative.dev mailer -n mail -o yaml\n${SERVERLESS}`,
  ]) {
    const seen = scene(text).objects.filter(({ ref }) => ref.name === 'mailer');
    expect(seen).toHaveLength(2);
    const [own] = seen.filter(({ ref }) => ref.apiVersion === 'serving.knative.dev/v1');
    expect(own?.object.spec).toBeUndefined();
  }
});

test('one object seen twice is one, whichever version or table shows it', () => {
  expect(scene(`${ROW}$ kubectl get svc mailer -n mail -o yaml\n${CORE}`).objects).toHaveLength(1);
  const ref = (apiVersion?: string) => ({
    kind: 'Ingress',
    name: 'web',
    ...(apiVersion === undefined ? {} : { apiVersion }),
  });
  expect(sameObject(ref('extensions/v1beta1'), ref('networking.k8s.io/v1'))).toBe(true);
  expect(sameObject(ref(), ref('networking.k8s.io/v1'))).toBe(true);
  expect(sameObject(ref('networking.k8s.io/v1'), ref('networking.internal.knative.dev/v1alpha1'))).toBe(false);
  // Of a kind that Kubernetes does not have, nothing is taken for granted.
  const cluster = { kind: 'Cluster', name: 'pg' };
  expect(sameObject(cluster, { ...cluster, apiVersion: 'postgresql.cnpg.io/v1' })).toBe(true);
});

test('a table of another group is not one of the kind that Kubernetes has', () => {
  const table =
    'NAME     URL                    LATESTCREATED   LATESTREADY   READY   REASON\nmailer   http://mailer.mail.x   mailer-1        mailer-1      True\n';
  const seen = scene(`$ kubectl get services.serving.knative.dev -n mail\n${table}${ROW}`).objects;
  expect(seen.filter(({ ref }) => ref.kind === 'Service')).toHaveLength(1);
});
