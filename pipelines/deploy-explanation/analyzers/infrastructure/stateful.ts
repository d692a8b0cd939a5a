/** Words in a resource type that say it holds data, or what else hangs on it and cannot be made again as it was. */
const KEPT: readonly (readonly [string, RegExp])[] = [
  [
    'a database',
    /_(?:db|rds|sql|mysql|mariadb|postgresql|postgres|mssql|cosmosdb|dynamodb|spanner|bigtable|bigquery|redshift|documentdb|docdb|neptune|elasticache|memorystore|redis|valkey|opensearch|elasticsearch|mongodbatlas|clickhouse|database|alloydb|firestore|timestream|keyspaces|dax|memorydb)(?:_(?:instance|cluster|global_cluster|database|server|flexible_server|table|domain|dataset|replication_group|serverless_cache|account|namespace|cache|advanced_cluster))*$/,
  ],
  [
    'a bucket',
    /(?:^|_)(?:s3_bucket|storage_bucket|bucket|storage_account|storage_container|object_storage_bucket|objectstorage_bucket)$/,
  ],
  [
    'a volume',
    /(?:^|_)(?:ebs_volume|volume|block_volume|disk|managed_disk|compute_disk|region_disk|efs_file_system|fsx_\w+_file_system|filestore_instance|file_system|blockstorage_volume_v\d|persistent_volume|persistent_volume_claim|persistent_volume_v1|persistent_volume_claim_v1|storage_share|snapshot)$/,
  ],
  [
    'a cluster',
    /(?:^|_)(?:eks_cluster|container_cluster|kubernetes_cluster|msk_cluster|kafka_cluster|managed_kubernetes_cluster|k8s_cluster|ecs_cluster|kafka_topic|eventhub_namespace)$/,
  ],
  [
    'a DNS zone',
    /(?:^|_)(?:route53_zone|dns_managed_zone|dns_zone|private_dns_zone|cloudflare_zone|zone|dns_domain|domain)$/,
  ],
  [
    'a key',
    /(?:^|_)(?:kms_key|kms_crypto_key|kms_key_ring|key_vault|key_vault_key|vault_mount|transit_secret_backend_key|cloudhsm_v2_cluster)$/,
  ],
  ['a secret', /(?:^|_)(?:secretsmanager_secret|secret_manager_secret|key_vault_secret)$/],
  ['a namespace', /^kubernetes_namespace(?:_v1)?$/],
  ['a stateful workload', /^kubernetes_stateful_set(?:_v1)?$/],
  ['an image registry', /(?:^|_)(?:ecr_repository|artifact_registry_repository|container_registry)$/],
  ['a user directory', /(?:^|_)(?:cognito_user_pool|identity_platform_tenant)$/],
  [
    'a message queue or log that holds data',
    /(?:^|_)(?:kinesis_stream|sqs_queue|servicebus_namespace|pubsub_subscription|cloudwatch_log_group|log_analytics_workspace)$/,
  ],
  ['a backup', /(?:^|_)(?:backup_vault|recovery_services_vault|db_snapshot|db_cluster_snapshot)$/],
];

/** Attachments, policies and records beside a store are not the store. */
const BESIDE =
  /_(?:policy|attachment|acl|versioning|association|record|role|user|grant|alias|binding|member|rule|group|notification|configuration|public_access_block|encryption|subnet_group|parameter_group|node_group|node_pool|addon)$/;

/** What a resource type keeps, in words, or undefined when it can be made again from the configuration. */
export function keeps(type: string): string | undefined {
  if (BESIDE.test(type) && !/_(?:log_group|replication_group)$/.test(type)) return undefined;
  return KEPT.find(([, pattern]) => pattern.test(type))?.[0];
}
