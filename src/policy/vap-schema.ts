import { z } from 'zod';

const Strings = z.array(z.string());

const Selector = z.object({
  matchLabels: z.record(z.string(), z.string()).optional(),
  matchExpressions: z
    .array(
      z.object({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: Strings.optional(),
      }),
    )
    .optional(),
});
export type Selector = z.infer<typeof Selector>;

const Rule = z.object({
  apiGroups: Strings,
  apiVersions: Strings,
  operations: Strings,
  resources: Strings,
  resourceNames: Strings.optional(),
  scope: z.enum(['*', 'Cluster', 'Namespaced']).optional(),
});
export type ResourceRule = z.infer<typeof Rule>;

const Match = z.object({
  namespaceSelector: Selector.optional(),
  objectSelector: Selector.optional(),
  resourceRules: z.array(Rule).optional(),
  excludeResourceRules: z.array(Rule).optional(),
  matchPolicy: z.enum(['Exact', 'Equivalent']).optional(),
});
export type MatchResources = z.infer<typeof Match>;

const Named = z.object({ name: z.string().min(1), expression: z.string() });

/** A ValidatingAdmissionPolicy of `admissionregistration.k8s.io`, v1 and v1beta1, which have the same fields. */
export const AdmissionPolicy = z.object({
  kind: z.literal('ValidatingAdmissionPolicy'),
  metadata: z.object({ name: z.string().min(1) }),
  spec: z.object({
    failurePolicy: z.enum(['Fail', 'Ignore']).default('Fail'),
    paramKind: z.object({ apiVersion: z.string(), kind: z.string() }).optional(),
    matchConstraints: Match.refine(({ resourceRules }) => (resourceRules ?? []).length > 0, {
      message: 'needs at least one of resourceRules',
    }),
    matchConditions: z.array(Named).default([]),
    variables: z.array(Named).default([]),
    validations: z
      .array(
        z.object({
          expression: z.string(),
          message: z.string().optional(),
          messageExpression: z.string().optional(),
          reason: z.string().optional(),
        }),
      )
      .default([]),
    auditAnnotations: z.array(z.object({ key: z.string(), valueExpression: z.string() })).default([]),
  }),
});
export type AdmissionPolicy = z.infer<typeof AdmissionPolicy>;

export const AdmissionBinding = z.object({
  kind: z.literal('ValidatingAdmissionPolicyBinding'),
  metadata: z.object({ name: z.string().min(1) }),
  spec: z.object({
    policyName: z.string().min(1),
    paramRef: z
      .object({
        name: z.string().optional(),
        namespace: z.string().optional(),
        selector: Selector.optional(),
        parameterNotFoundAction: z.enum(['Allow', 'Deny']).optional(),
      })
      .refine(({ name, selector }) => (name === undefined) !== (selector === undefined), {
        message: 'needs either name or selector',
      })
      .optional(),
    matchResources: Match.optional(),
  }),
});
export type AdmissionBinding = z.infer<typeof AdmissionBinding>;
