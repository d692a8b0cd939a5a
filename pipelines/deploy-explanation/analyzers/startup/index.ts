import { alsoTold } from '../also-told.ts';
import type { Analyzer } from '../analyzer.ts';
import { expiredByMetric, fullByMetric } from '../running/told-metrics.ts';
import { badConfiguration } from './bad-configuration.ts';
import { cannotConnect } from './cannot-connect.ts';
import { certificateExpired } from './certificate-expired.ts';
import { certificateUntrusted } from './certificate-untrusted.ts';
import { cloudIdentityMissing } from './cloud-identity-missing.ts';
import { clusterPartitioned } from './cluster-partitioned.ts';
import { commandNotExecutable } from './command-not-executable.ts';
import { commandNotFound } from './command-not-found.ts';
import { configKeyMissing } from './config-key-missing.ts';
import { configMapMissing } from './configmap-missing.ts';
import { connectionsCounted } from './connections-counted.ts';
import { connectionsExhausted } from './connections-exhausted.ts';
import { containerCreationFailed } from './container-creation-failed.ts';
import { crashUnexplained } from './crash-unexplained.ts';
import { credentialsRefused } from './credentials-refused.ts';
import { databaseLocked } from './database-locked.ts';
import { databaseReadOnly } from './database-read-only.ts';
import { dependencyFailing } from './dependency-failing.ts';
import { dependencyObjectMissing } from './dependency-object-missing.ts';
import { diskFull } from './disk-full.ts';
import { dnsFailure } from './dns-failure.ts';
import { environmentVariableMissing } from './environment-variable-missing.ts';
import { execFormatError } from './exec-format-error.ts';
import { heapExhausted } from './heap-exhausted.ts';
import { abandonedSlots } from './idle-slots.ts';
import { imageNameInvalid } from './image-name-invalid.ts';
import { imageNeverPulled } from './image-never-pulled.ts';
import { imageNotFound } from './image-not-found.ts';
import { imagePlatformMissing } from './image-platform-missing.ts';
import { imagePullDenied } from './image-pull-denied.ts';
import { imagePullFailed } from './image-pull-failed.ts';
import { imagePullSecretMissing } from './image-pull-secret-missing.ts';
import { imageRateLimited } from './image-rate-limited.ts';
import { initContainerStuck } from './init-container-stuck.ts';
import { licenseInvalid } from './license-invalid.ts';
import { lifecycleHookFailed } from './lifecycle-hook-failed.ts';
import { migrationFailed } from './migration-failed.ts';
import { moduleMissing } from './module-missing.ts';
import { mountFailed } from './mount-failed.ts';
import { permissionDenied } from './permission-denied.ts';
import { portInUse } from './port-in-use.ts';
import { processLimitReached } from './process-limit-reached.ts';
import { programCrashed } from './program-crashed.ts';
import { rbacForbidden } from './rbac-forbidden.ts';
import { registryUnreachable } from './registry-unreachable.ts';
import { replicasAsked } from './replicas-asked.ts';
import { replicationStalled } from './replication-stalled.ts';
import { sandboxFailed } from './sandbox-failed.ts';
import { secretMissing } from './secret-missing.ts';
import { securityContextRefused } from './security-context-refused.ts';
import { shellCommandMissing } from './shell-command-missing.ts';
import { storeMemoryFull } from './store-memory-full.ts';
import { syntaxError } from './syntax-error.ts';
import { upstreamRateLimited } from './upstream-rate-limited.ts';

export const startup: readonly Analyzer[] = [
  imageNotFound,
  imagePullDenied,
  imagePullSecretMissing,
  imageRateLimited,
  registryUnreachable,
  imageNameInvalid,
  imagePlatformMissing,
  imageNeverPulled,
  imagePullFailed,
  configMapMissing,
  secretMissing,
  configKeyMissing,
  mountFailed,
  sandboxFailed,
  lifecycleHookFailed,
  securityContextRefused,
  commandNotFound,
  commandNotExecutable,
  execFormatError,
  environmentVariableMissing,
  dnsFailure,
  cannotConnect,
  alsoTold(certificateExpired, expiredByMetric),
  certificateUntrusted,
  credentialsRefused,
  alsoTold(connectionsExhausted, connectionsCounted),
  databaseReadOnly,
  databaseLocked,
  alsoTold(replicationStalled, replicasAsked, abandonedSlots),
  clusterPartitioned,
  cloudIdentityMissing,
  licenseInvalid,
  upstreamRateLimited,
  dependencyObjectMissing,
  dependencyFailing,
  processLimitReached,
  migrationFailed,
  badConfiguration,
  permissionDenied,
  shellCommandMissing,
  syntaxError,
  portInUse,
  moduleMissing,
  alsoTold(diskFull, fullByMetric),
  heapExhausted,
  storeMemoryFull,
  rbacForbidden,
  initContainerStuck,
  programCrashed,
  containerCreationFailed,
  crashUnexplained,
];
