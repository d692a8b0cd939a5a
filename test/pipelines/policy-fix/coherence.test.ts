import { describe, expect, it } from 'vitest';
import { companions } from '../../../pipelines/policy-fix/coherence.ts';
import { applyEdits } from '../../../pipelines/policy-fix/edits.ts';
import type { JsonObject } from '../../../src/manifest/json.ts';
import { fix, patched } from './walk.ts';

const pod = (container: JsonObject, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'mill', namespace: 'grain' },
  spec: { ...spec, containers: [{ name: 'mill', image: 'registry.example.com/mill:4', ...container }] },
});
const service = (spec: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'a' },
  spec,
});

/** What stands in the second object after its companions. */
const coherent = (before: JsonObject, after: JsonObject): JsonObject =>
  applyEdits(
    after,
    companions(before, after).flatMap(({ edits }) => edits),
  );

describe('edits that go together', () => {
  it('a request comes down with its limit, in whatever unit', () => {
    const resources = (limit: string, request: string): JsonObject =>
      pod({ resources: { limits: { memory: limit, cpu: '2' }, requests: { memory: request, cpu: '1' } } });
    expect(coherent(resources('4Gi', '2Gi'), resources('1Gi', '2Gi'))).toEqual(resources('1Gi', '1Gi'));
    expect(companions(resources('4Gi', '2Gi'), resources('3Gi', '3072Mi'))).toEqual([]);
  });

  it('one try of a backend takes no longer than the whole request', () => {
    const route = (request: string, backendRequest: string): JsonObject => ({
      kind: 'HTTPRoute',
      spec: { rules: [{ backendRefs: [] }, { timeouts: { request, backendRequest } }] },
    });
    expect(coherent(route('5m', '2m'), route('30s', '2m'))).toEqual(route('30s', '30s'));
    expect(companions(route('5m', '2m'), route('120s', '2m'))).toEqual([]);
    expect(companions(route('5m', '2m'), route('0s', '2m'))).toEqual([]);
  });

  it('a key has a size of its algorithm', () => {
    const certificate = (privateKey: JsonObject): JsonObject => ({
      apiVersion: 'cert-manager.io/v1',
      kind: 'Certificate',
      metadata: { name: 'mill', namespace: 'grain' },
      spec: { secretName: 'mill', issuerRef: { name: 'ca' }, privateKey },
    });
    const withKey = (algorithm: string, size: number): JsonObject =>
      coherent(certificate({ algorithm: 'RSA', size: 4096 }), certificate({ algorithm, size }));
    expect(withKey('ECDSA', 4096)).toEqual(certificate({ algorithm: 'ECDSA' }));
    expect(withKey('ECDSA', 384)).toEqual(certificate({ algorithm: 'ECDSA', size: 384 }));
    expect(withKey('Ed25519', 4096)).toEqual(certificate({ algorithm: 'Ed25519', size: 4096 }));
  });

  it('an AppArmor annotation says what the field says, and one without a field stays', () => {
    const given = (profile: string, field?: JsonObject): JsonObject => ({
      ...pod(field === undefined ? {} : { securityContext: { appArmorProfile: field } }),
      metadata: {
        name: 'mill',
        namespace: 'grain',
        annotations: { 'container.apparmor.security.beta.kubernetes.io/mill': profile },
      },
    });
    const runtime = { type: 'RuntimeDefault' };
    expect(coherent(given('unconfined'), given('unconfined', runtime))).toEqual(given('runtime/default', runtime));
    expect(companions(given('unconfined'), given('unconfined'))).toEqual([]);
    const own = { type: 'Localhost', localhostProfile: 'mill' };
    expect(companions(given('localhost/mill'), given('localhost/mill', own))).toEqual([]);
  });

  it('a container that must not be root is no longer told to be', () => {
    const before = pod({ securityContext: { runAsUser: 0 } });
    const after = pod({ securityContext: { runAsUser: 0 } }, { securityContext: { runAsNonRoot: true } });
    expect(coherent(before, after)).toEqual(pod({ securityContext: {} }, { securityContext: { runAsNonRoot: true } }));
    const free = pod(
      { securityContext: { runAsUser: 0, runAsNonRoot: false } },
      { securityContext: { runAsNonRoot: true } },
    );
    expect(companions(before, free)).toEqual([]);
    const other = pod({ securityContext: { runAsUser: 7 } }, { securityContext: { runAsNonRoot: true, runAsUser: 0 } });
    expect(companions(before, other)).toEqual([]);
  });

  it('a privileged container cannot be kept from gaining rights', () => {
    const before = pod({ securityContext: { privileged: true } });
    const after = pod({ securityContext: { privileged: true, allowPrivilegeEscalation: false } });
    expect(coherent(before, after)).toEqual(
      pod({ securityContext: { privileged: false, allowPrivilegeEscalation: false } }),
    );
  });

  it('a Service keeps no fields that its new type lacks, and all of those that it has', () => {
    const ports = [{ port: 80, nodePort: 30080 }];
    const before = service({
      type: 'LoadBalancer',
      ports,
      externalTrafficPolicy: 'Local',
      loadBalancerSourceRanges: ['192.0.2.0/24'],
    });
    expect(coherent(before, service({ ...(before.spec as JsonObject), type: 'ClusterIP' }))).toEqual(
      service({ type: 'ClusterIP', ports: [{ port: 80 }] }),
    );
    expect(coherent(before, service({ ...(before.spec as JsonObject), type: 'NodePort' }))).toEqual(
      service({ type: 'NodePort', ports, externalTrafficPolicy: 'Local' }),
    );
  });

  it('what did not fit together before is left alone', () => {
    const before = pod({ resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } });
    expect(companions(before, { ...before, metadata: { name: 'mill', labels: { team: 'a' } } })).toEqual([]);
  });

  it('a fix brings them along, judged by the engine', { timeout: 120_000 }, async () => {
    const policy = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: { name: bounded }
spec:
  matchConstraints:
    resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods] }]
  validations:
    - expression: "object.spec.containers.all(c, quantity(c.resources.limits.cpu).compareTo(quantity('500m')) <= 0)"
      message: at most half a core
`;
    const text = `apiVersion: v1
kind: Pod
metadata: { name: mill, namespace: grain }
spec:
  containers:
    - name: mill
      image: registry.example.com/mill:4
      resources: { requests: { cpu: "1" }, limits: { cpu: "2" } }
`;
    const result = await fix([{ file: 'mill.yaml', text }], [{ file: 'policy.yaml', text: policy }]);
    expect(result.outcome).toBe('fixed');
    expect(patched(text, result, 'mill.yaml')).toContain('{ requests: { cpu: 500m }, limits: { cpu: 500m } }');
  });
});
