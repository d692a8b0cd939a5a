/** Kinds of Kubernetes itself that stand in no namespace. */
const CLUSTER_WIDE: ReadonlySet<string> = new Set(
  (
    'Namespace Node PersistentVolume StorageClass VolumeAttachment VolumeAttributesClass CSIDriver CSINode IngressClass ServiceCIDR ' +
    'IPAddress PriorityClass RuntimeClass DeviceClass ResourceSlice ClusterRole ClusterRoleBinding CustomResourceDefinition APIService ' +
    'ValidatingWebhookConfiguration MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ' +
    'MutatingAdmissionPolicy MutatingAdmissionPolicyBinding FlowSchema PriorityLevelConfiguration CertificateSigningRequest ' +
    'ClusterTrustBundle PodSecurityPolicy StorageVersionMigration'
  ).split(' '),
);

/** Whether a kind is one of Kubernetes' own that stand in no namespace; kinds of others are taken for namespaced. */
export function isClusterScoped(kind: string): boolean {
  return CLUSTER_WIDE.has(kind);
}
