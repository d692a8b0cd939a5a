/** A Gatekeeper policy that wants read-only root file systems, of any kind with a pod template; `%v` in its message is the container. */
export const readOnlyPolicy = (message: string): string => `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: { name: readonlyroot }
spec:
  crd: { spec: { names: { kind: ReadOnlyRoot } } }
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package readonlyroot
        violation[{"msg": msg}] {
          c := input.review.object.spec.template.spec.containers[_]
          not c.securityContext.readOnlyRootFilesystem
          msg := sprintf("${message}", [c.name])
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: ReadOnlyRoot
metadata: { name: read-only }
`;

/** Its message holds what hosts act on. */
export const READ_ONLY_POLICY = readOnlyPolicy('the container %v must not write (see #12, @platform)');

/** A workload whose only container may write to its root file system. */
export const workload = (kind: string, name: string): string =>
  `apiVersion: ${kind === 'Rollout' ? 'argoproj.io/v1alpha1' : 'apps/v1'}
kind: ${kind}
metadata:
  name: ${name}
  namespace: shop
spec:
  selector:
    matchLabels: { app: ${name} }
  template:
    metadata:
      labels: { app: ${name} }
    spec:
      containers:
        - name: web   # the one
          image: registry.example.com/web:1
`;
