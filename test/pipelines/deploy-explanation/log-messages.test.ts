import { describe, expect, test } from 'vitest';
import { deployExplanation } from '../../../pipelines/deploy-explanation/index.ts';
import type { Explanation } from '../../../pipelines/deploy-explanation/schema.ts';
import { noModel } from '../../../src/model/predictor.ts';
import { runInProcess } from '../../../src/runs/in-process.ts';

/** What programs of many makes say before they end (`⏎` where they begin a new line), by the kind that it is told as. */
const SAID: Readonly<Record<string, readonly string[]>> = {
  'bad-configuration': [
    "*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***\\⏎Reading the configuration file, at line 3\\⏎>>> 'maxmemry 100mb'\\⏎Bad directive or wrong number of arguments",
    "[ALERT]    (1) : config : parsing [/usr/local/etc/haproxy/haproxy.cfg:22] : unknown keyword 'blance' in 'backend' section\\⏎[ALERT]    (1) : config : Fatal errors found in configuration.",
    "AH00526: Syntax error on line 41 of /etc/apache2/sites-enabled/000-default.conf:\\⏎Invalid command 'RewriteEngin', perhaps misspelled or defined by a module not included in the server configuration",
    '2026-06-06 08:00:00.000 UTC [1] FATAL:  unrecognized configuration parameter "max_conections" in file "/etc/postgresql/postgresql.conf" line 12',
    '2026-06-06 08:00:00.000 UTC [1] LOG:  invalid value for parameter "shared_buffers": "2GX"\\⏎2026-06-06 08:00:00.000 UTC [1] FATAL:  configuration file "/etc/postgresql/postgresql.conf" contains errors',
    'Exception in thread "main" org.apache.kafka.common.config.ConfigException: Missing required configuration "zookeeper.connect" which has no default value.',
    `2026-06-06 08:00:00 +0000 [error]: config error file="/fluentd/etc/fluent.conf" error_class=Fluent::ConfigError error="Unknown output plugin 'elasticsarch'. Run 'gem search -rd fluent-plugin' to find plugins"`,
    "[2026/06/06 08:00:00] [error] [config] section 'outptu' tried to instance a plugin name that doesn't exist\\⏎[2026/06/06 08:00:00] [error] configuration file contains errors, aborting.",
    'java.lang.IllegalArgumentException: unknown setting [discovery.typ] please check that any required plugins are installed, or check the breaking changes documentation for removed settings',
    '2026/06/06 08:00:00 command traefik error: failed to decode configuration from flags: field not found, node: entrypoint',
    "[critical][main] [source/server/server.cc:131] error initializing configuration '/etc/envoy/envoy.yaml': Protobuf message (type envoy.config.bootstrap.v3.Bootstrap reason INVALID_ARGUMENT) has unknown fields",
    "error loading configuration from /vault/config/vault.hcl: error parsing config file: At 4:3: key 'listner' expected start of object",
    "Failed to configure a DataSource: 'url' attribute is not specified and no embedded datasource could be configured.",
    "Failed to bind properties under 'spring.datasource.hikari.maximum-pool-size' to int:",
    'django.core.exceptions.ImproperlyConfigured: Requested setting DATABASES, but settings are not configured.',
    "Unhandled exception. System.IO.FileNotFoundException: The configuration file 'appsettings.Production.json' was not found and is not optional. The expected physical path was '/app/appsettings.Production.json'.",
    "Unhandled exception. System.InvalidOperationException: A named connection string was used, but the name 'Orders' was not found in the application's configuration.",
    "You've tried to set vm_memory_high_watermrk.relative, but there is no setting with that name.",
    'Invalid config, exiting abnormally\\⏎org.apache.zookeeper.server.quorum.QuorumPeerConfig$ConfigException: Error processing /conf/zoo.cfg',
    "[06-Jun-2026 08:00:00] ERROR: failed to load configuration file '/usr/local/etc/php-fpm.conf'",
    'Error: Unknown configuration variable "listner".\\⏎Error found at /mosquitto/config/mosquitto.conf:2.',
    'nats-server: /etc/nats/nats.conf:12:3: unknown field "clustr"',
    'Error: adapting config using caddyfile: /etc/caddy/Caddyfile:7: unrecognized directive: reverse_prox',
    "init by lua error: error parsing declarative config file /kong/kong.yml: in 'services': unknown field",
    '2026-06-06T08:00:00Z E! [telegraf] Error running agent: error loading config file /etc/telegraf/telegraf.conf: plugin outputs.influxdb_v3: undefined but requested',
    "Poco::Exception. Code: 1000, Exception: Failed to merge config with '/etc/clickhouse-server/config.d/storage.xml': SAXParseException: mismatched tag",
    "2026-06-06T08:00:00.000000Z 0 [ERROR] [MY-000067] [Server] unknown variable 'innodb_bufer_pool_size=1G'.",
    'ERROR: [1] bootstrap checks failed. You must address the points described in the following [1] lines before starting Elasticsearch.',
    'Error: Config validation error: "port" must be a number',
    'panic: toml: line 7 (last key "server.port"): incompatible types: TOML value has type string; destination has type integer',
    'error: unable to load config: open /config/app.yaml: no such file or directory',
  ],
  'environment-variable-missing': [
    "ArgumentError: Missing `secret_key_base` for 'production' environment, set this string with `bin/rails credentials:edit`",
    "KeyError: 'DATABASE_URL'",
    'key not found: "REDIS_URL" (KeyError)',
    'panic: required key DB_DSN missing value',
    'Error: Database is uninitialized and superuser password is not specified. You must specify POSTGRES_PASSWORD to a non-empty value for the superuser.',
    '[ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\\⏎    You need to specify one of the following as an environment variable:\\⏎    - MYSQL_ROOT_PASSWORD',
    "❌ Invalid environment variables: { STRIPE_KEY: [ 'Required' ] }",
    'decouple.UndefinedValueError: SECRET_KEY not found. Declare it as envvar or define a default value.',
    'Error: PrismaClientInitializationError: error: Environment variable not found: DATABASE_URL.',
  ],
  'port-in-use': [
    'Web server failed to start. Port 8080 was already in use.',
    'OSError: [Errno 98] Address already in use',
    'Error: listen EADDRINUSE: address already in use :::9229',
    'nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address in use)',
    'Failed to bind to address http://[::]:8080: address already in use.',
  ],
  'credentials-refused': [
    "PHP Warning:  mysqli_real_connect(): (HY000/1130): Host '10.244.3.19' is not allowed to connect to this MariaDB server in /var/www/html/db.php on line 22",
    'error authenticating: error="Error making API request. URL: PUT http://vault:8200/v1/auth/kubernetes/login Code: 403. Errors: * permission denied"',
    "elasticsearch.AuthenticationException: AuthenticationException(401, 'security_exception', 'unable to authenticate user [app] for REST request [/]')",
    'botocore.exceptions.ClientError: An error occurred (InvalidAccessKeyId) when calling the ListBuckets operation: The AWS Access Key Id you provided does not exist in our records.',
    'An error occurred (SignatureDoesNotMatch) when calling the PutObject operation',
    'UnrecognizedClientException: The security token included in the request is invalid.',
    'javax.naming.AuthenticationException: [LDAP: error code 49 - Invalid Credentials]',
    "smtplib.SMTPAuthenticationError: (535, b'5.7.8 Username and Password not accepted')",
    'nats: Authorization Violation',
    'com.datastax.oss.driver.api.core.auth.AuthenticationException: Provided username app and/or password are incorrect',
    'FATAL: could not connect: server error: FATAL: role "svc_orders" is not permitted to log in (SQLSTATE 28000)',
    'redis.exceptions.AuthenticationError: AUTH <password> called without any password configured for the default user.',
  ],
  'module-missing': [
    "/usr/local/lib/ruby/3.3.0/bundler/definition.rb:604:in 'materialize': Could not find nokogiri-1.16.5 in locally installed gems (Bundler::GemNotFound)",
    'Error loading shared library libgcc_s.so.1: No such file or directory (needed by /app/server)',
    'Error relocating /app/server: __res_init: symbol not found',
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'express' imported from /app/index.js",
    "PHP Fatal error:  Uncaught Error: Failed opening required '/var/www/vendor/autoload.php' (include_path='.:/usr/local/lib/php')",
    "<internal:/usr/local/lib/ruby/3.3.0/rubygems>:136:in 'require': cannot load such file -- pg (LoadError)",
    'ImportError: libGL.so.1: cannot open shared object file: No such file or directory',
    'java.lang.UnsatisfiedLinkError: no netty_transport_native in java.library.path',
    'python: error while loading shared libraries: libssl.so.1.1: cannot open shared object file',
  ],
  'migration-failed': [
    'Exception in thread "main" liquibase.exception.ValidationFailedException: Validation Failed: 1 changesets check sum',
    'error: Dirty database version 14. Fix and force version.',
    'psycopg2.errors.UndefinedTable: relation "auth_user" does not exist',
    'Error: P3009 migrate found failed migrations in the target database, new migrations will not be applied.',
    'knex: Migration table is already locked',
    'org.hibernate.tool.schema.spi.SchemaManagementException: Schema-validation: missing table [invoices]',
    "alembic.util.exc.CommandError: Can't locate revision identified by 'a1b2c3'",
    'SQLite3::SQLException: no such column: users.locale',
  ],
  'disk-full': [
    'OSError: [Errno 28] No space left on device',
    'org.rocksdb.RocksDBException: No space left on device',
    'mysqld: Disk full (/tmp/#sql); waiting for someone to free some space... (errno: 28 "No space left on device")',
  ],
  'permission-denied': [
    "Error: EACCES: permission denied, mkdir '/data/uploads'",
    "PermissionError: [Errno 13] Permission denied: '/var/log/app.log'",
    "OSError: [Errno 30] Read-only file system: '/app/cache'",
    "chown: changing ownership of '/var/lib/mysql': Operation not permitted",
    'listen tcp :80: bind: permission denied',
    "mkdir: can't create directory '/var/cache/app': Permission denied",
    'java.io.FileNotFoundException: /data/index.lock (Permission denied)',
  ],
  'certificate-untrusted': [
    'javax.net.ssl.SSLHandshakeException: PKIX path building failed: unable to find valid certification path to requested target',
    'Error: self-signed certificate in certificate chain',
    'x509: certificate relies on legacy Common Name field, use SANs instead',
    'System.Security.Authentication.AuthenticationException: The remote certificate is invalid because of errors in the certificate chain: PartialChain',
    "Error [ERR_TLS_CERT_ALTNAME_INVALID]: Hostname/IP does not match certificate's altnames",
  ],
  'certificate-expired': [
    'javax.net.ssl.SSLHandshakeException: PKIX path validation failed: java.security.cert.CertPathValidatorException: validity check failed: NotAfter: Fri May 01 2026',
    'ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired (_ssl.c:1000)',
  ],
  'dns-failure': [
    'java.net.UnknownHostException: orders-db: Name or service not known',
    'socket.gaierror: [Errno -2] Name or service not known',
    'could not translate host name "pg" to address: Temporary failure in name resolution',
    'SQLSTATE[HY000] [2002] php_network_getaddresses: getaddrinfo for mysql failed: Name or service not known',
    'System.Net.Sockets.SocketException (00000001, 11): Resource temporarily unavailable: nodename nor servname provided\\⏎ System.Net.Http.HttpRequestException: Name or service not known (inventory:8080)',
  ],
  'cannot-connect': [
    'redis.exceptions.ConnectionError: Error 111 connecting to redis:6379. Connection refused.',
    'com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure',
    'SQLSTATE[HY000] [2002] Connection refused',
    'kafka: client has run out of available brokers to talk to: dial tcp 10.1.1.1:9092: connect: connection refused',
    'org.apache.kafka.common.errors.TimeoutException: Timed out waiting for a node assignment. Call: listTopics',
    'pymongo.errors.ServerSelectionTimeoutError: mongo:27017: timed out',
    'A network-related or instance-specific error occurred while establishing a connection to SQL Server. The server was not found or was not accessible.',
    "ERROR 2003 (HY000): Can't connect to MySQL server on 'mysql:3306' (110)",
  ],
  'heap-exhausted': [
    'java.lang.OutOfMemoryError: Metaspace',
    'PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes)',
  ],
  'syntax-error': ['PHP Parse error:  syntax error, unexpected token "}" in /var/www/index.php on line 9'],
  'dependency-object-missing': [
    `amqp: Exception (404) Reason: "NOT_FOUND - no queue 'mail' in vhost '/'"`,
    `pymysql.err.OperationalError: (1049, "Unknown database 'crm'")`,
    'NATS error: stream not found',
  ],
  'rbac-forbidden': [
    'deployments.apps is forbidden: User "system:serviceaccount:ops:bot" cannot list resource "deployments" in API group "apps" in the namespace "ops"',
  ],
  'connections-exhausted': [
    'FATAL:  sorry, too many clients already',
    'Microsoft.Data.SqlClient: Timeout expired. The timeout period elapsed prior to obtaining a connection from the pool.',
    'SequelizeConnectionAcquireTimeoutError: Operation timeout',
    'Timed out fetching a new connection from the connection pool. (More info: http://pris.ly/d/connection-pool (Current connection pool timeout: 10, connection limit: 5))',
  ],
};

/** What is said in passing by programs that are well. */
const HARMLESS = [
  'INFO  Generating self-signed certificate for localhost',
  'INFO  certificate CN=api.example NotAfter: Fri May 01 2037',
  'WARN  o.s.s.a.dao.DaoAuthenticationProvider : Failed to authenticate since password does not match stored value',
  'INFO  no pending migrations',
  'INFO  environment variables: 14 set, 3 defaulted',
  'INFO  connection pool ready (size 5)',
  "INFO  topic 'orders' created",
  'INFO  bootstrap checks passed',
];

async function explain(status: string, lines: string): Promise<Explanation> {
  const text = [
    '$ kubectl get pods -n shop',
    'NAME                   READY   STATUS             RESTARTS      AGE',
    `app-7c8d9b6f5d-2k8xw   ${status}    3h`,
    '$ kubectl logs -n shop app-7c8d9b6f5d-2k8xw',
    'starting up',
    lines,
    '',
  ].join('\n');
  const record = await runInProcess(
    deployExplanation,
    { evidence: [{ name: 'session.txt', text }] },
    { predictor: noModel() },
  );
  return record.run.output as Explanation;
}

describe.each(Object.entries(SAID))('%s', (kind, messages) => {
  test.each(messages)('%s', async (message) => {
    const { verdict, rootCause } = await explain(
      '0/1     CrashLoopBackOff   6 (2m ago)',
      message.replaceAll('⏎', '\n'),
    );
    expect({ verdict, kind: rootCause?.kind, object: rootCause?.object.name }).toEqual({
      verdict: 'failed',
      kind,
      object: 'app',
    });
  });
});

test.each(HARMLESS)('%s is no failure', async (message) => {
  const { verdict } = await explain('1/1     Running            0         ', message);
  expect(verdict).toBe('healthy');
});
