import { expect, test } from 'vitest';
import { redact, redactLike } from '../../src/model/redaction.ts';

const canary = 'q7Xk2mZp9Lw4Tn';
const basic = Buffer.from(`u:${canary}`).toString('base64');
const planted: readonly (readonly [text: string, secret?: string])[] = [
  [`SMTP_PASS=${canary}`],
  [`SMTP_PASS: ${canary}`],
  [`dbPass: ${canary}`],
  [`PASS=${canary}`],
  [`pass: ${canary}`],
  [`  PASS:       ${canary}`],
  [`DB_PWD=${canary}`],
  [`SESSION_KEY=${canary}`],
  [`SIGNING_KEY: ${canary}`],
  [`ENCRYPTION_KEY="${canary}"`],
  [`PW_SALT=${canary}`],
  [`SECRET_KEY_BASE=${canary}`],
  [`PASSWORD2=${canary}`],
  [`args: ["--token", "${canary}"]`],
  [`args:\n  - --db-password\n  - ${canary}`],
  [`args:\n  - "--db-password"\n  - "${canary}"`],
  [`["run",\n  "--token",\n  "${canary}"\n]`],
  [JSON.stringify(JSON.stringify({ args: ['--token', canary] }, null, 2))],
  [`args: [--token, ${canary}]`],
  [`mysql -uroot -p${canary} db`],
  [`mysql -uroot -p"${canary}" db`],
  [`sshpass -p ${canary} ssh x`],
  [`sshpass -p '${canary}' ssh x`],
  [`curl -u user:${canary} http://x`],
  [`curl -s -uuser:${canary} http://x`],
  [`redis-cli -h x -a ${canary} ping`],
  [`command: ["redis-cli","-a","${canary}","ping"]`],
  [`command:\n- redis-cli\n- -a\n- ${canary}\n- ping`],
  [`psql postgres://u:${canary}@h/db`],
  [`docker login -u x -p ${canary} reg`],
  [`{"auths":{"r":{"auth":"${basic}"}}}`, basic],
  [
    `.dockerconfigjson: ${Buffer.from(`{"auths":{"r":{"auth":"${basic}"}}}`).toString('base64')}`,
    Buffer.from(`{"auths":{"r":{"auth":"${basic}"}}}`).toString('base64').slice(20, 40),
  ],
  [`Cookie: session=${canary}; a=1`],
  [`Set-Cookie: session=${canary}; Path=/; HttpOnly`],
  [`{"headers":{"cookie":"sid=${canary}"}}`],
  [`https://s3/x?X-Amz-Signature=${canary}${canary}&a=b`],
  [`https://b.blob.core.windows.net/c?sv=1&sig=${canary}${canary}%3D&se=2`],
  [`kubectl create secret generic a --from-literal=k=${canary}`],
  [`kubectl create secret generic a --from-literal k=${canary}`],
  [`password "${canary} x y"`],
  [`password is "${canary}"`],
  [`the password is ${canary}`],
  [`password=abc&${canary}`],
  [`password=abc,${canary}`],
  [`password: two words ${canary}`],
  [`password: |\n  ${canary}\n  b ${canary}\nnext: 1`],
  [`- password: >-\n    ${canary}\n  next: 1`],
  [`kind: Secret\nstringData:\n  a: |\n    x: ${canary}\n    y: ${canary}`],
  [`{"kind":"Secret","stringData":{"c.json":"{\\"a\\":{\\"b\\":\\"${canary}\\"}}"}}`],
  [`kind: Secret\ndata: {a: ${canary}, "b": "${canary}"}`],
  [JSON.stringify({ m: JSON.stringify({ kind: 'Secret', data: { a: canary } }) })],
  [JSON.stringify({ kind: 'Secret', data: { a: canary, b: canary } }, null, 2)],
  [`secretGenerator:\n- name: a\n  literals:\n  - k=${canary}\n  - j="${canary}"\n`],
  [`secretGenerator: [{name: a, literals: [k=${canary}]}]`],
  [`  + password                                  = "${canary}"`],
  [`~ master_password = "old${canary}" -> "${canary}"`],
  [`Server=x;Password=${canary};Database=y`],
  [`jdbc:mysql://h/db?user=u&password=${canary}&ssl=1`],
  [`amqp://u:${canary}@h`],
  [`mongodb+srv://u:${canary}@h/db`],
  [`password%3D${canary}%26user%3Db`],
  [`%22password%22%3A%22${canary}%22`],
  [`?redirect=x%3Ftoken%3D${canary}`],
  [`<password>${canary}</password>`],
  [`'password' => '${canary}'`],
  [`password := "${canary}"`],
  [`requirepass ${canary}`],
  [`machine h login u password ${canary}`],
  [`https://${canary}${canary}@sentry.io/1`],
  [`Authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/x, Signature=${canary}${canary}`],
  [`Authorization: ${canary}${canary}`],
  [`client-key-data: ${canary}`],
  [`-----BEGIN OPENSSH PRIVATE KEY-----\n${canary}\n-----END OPENSSH PRIVATE KEY-----`],
  [
    `key: ${Buffer.from(`-----BEGIN EC PRIVATE KEY-----\n${canary}${canary}${canary}`).toString('base64')}`,
    Buffer.from(`-----BEGIN EC PRIVATE KEY-----\n${canary}${canary}${canary}`).toString('base64').slice(30, 60),
  ],
  [`x-api-key: ${canary}`],
  [`DB_PASSWORD:  ${canary}`],
  [`"pass":"${canary}"`],
  [`{"user":"u","pass":"${canary}"}`],
  [`{Password:${canary} User:x}`],
  [`PGPASSWORD=${canary} psql`],
  [`export A=1 TOKEN=${canary}`],
  [`auth_token: ${canary}`],
  [`- name: A_KEY\n  value: x\n- name: MASTER_KEY\n  value: ${canary}`],
  [`"master_key": ${canary}`],
  [`redis-server --requirepass ${canary}`],
  [`AccountKey=${canary}==;x`],
  [`<user>u</user><db.password>${canary}</db.password>`],
  [`--db-password\n${canary}`],
  [`Args:\n      --db-password\n      ${canary}`],
  [`Command:\n      redis-cli\n      -a\n      ${canary}`],
  [`kubectl create secret docker-registry r --docker-password=${canary}`],
  [`-Ddb.password=${canary}`],
  [`java -Djavax.net.ssl.keyStorePassword=${canary}`],
  [`keytool -storepass ${canary}`],
  [`openssl enc -pass pass:${canary}`],
  [`openssl rsa -passin pass:${canary}`],
  [`smtp://u:${canary}@h`],
  [`ftp://u%40x:${canary}@h`],
  [`password=\\"${canary}\\"`],
  [`token: '${canary}'`],
  [`secret: ${canary}`],
  [`Bearer ${canary}${canary}`],
  [`_authToken=${canary}`],
  [`_auth=${basic}`, basic],
  [`//r/:_password=${basic}`, basic],
  [`aws_session_token = ${canary}`],
  [`"PlaintextPassword": "${canary}"`],
];

test.each(planted)('a secret in %j is hidden, once and for all, and no line is lost', (text = '', secret = canary) => {
  const { value } = redact(`first\n${text}\nlast`);
  expect(value).not.toContain(secret);
  expect(value.split('\n')).toHaveLength(text.split('\n').length + 2);
  expect(redact(value)).toEqual({ value, redacted: [] });
  // As it stands among others in the run's journal.
  expect(JSON.stringify(redact({ messages: [{ content: text }] }).value)).not.toContain(secret);
});

const harmless = [
  'pass: true',
  'Application argocd/season-pass: Application is degraded',
  'deployment/season-pass: CrashLoopBackOff',
  'season-pass: waiting for the database',
  'PASS: TestLogin',
  '--- PASS: TestX (0.00s)',
  '    pass: 12',
  'ok 12 # pass 12',
  'keyboard: us',
  'PRIMARY_KEY=id',
  'PARTITION_KEY=user',
  'PUBLIC_KEY=ssh-ed25519',
  'auth: enabled',
  '"auth":"enabled"',
  'token_expired: yes',
  'token_expired=1',
  'secretKeyRef: {name: db, key: password}',
  '{"secretKeyRef":{"name":"db-secret","key":"token"}}',
  `image: reg/app@sha256:${'0123456789abcdef'.repeat(4)}`,
  'commit 0694d5f0123456789abcdef0123456789abcdef01',
  'resourceVersion: "123456789"',
  'uid: 1f0c5bd1-3c1e-4c1a-9b3f-000000000001',
  'cache key: user:12',
  'cache_key=user:12',
  'routing key: orders',
  'open /etc/tls/tls.key: no such file or directory',
  'open /etc/tls/tls.key: permission denied',
  'PWD=/app',
  'OLDPWD=/',
  'DB_PASSWORD_FILE=/run/secrets/db',
  'client-key: /var/lib/kubelet/pki/kubelet.pem',
  'SSH_KEY=/root/.ssh/id_rsa.key',
  'unknown flag: --token',
  'flag --api-key is required',
  '  --password string   the password',
  'ssh -p 22 host',
  'docker run -p 8080:80 nginx',
  'mysql -u root -h db -p',
  'mkdir -p /a/b',
  'curl -u $USER:$PASS https://x',
  'bypass=enabled',
  'compass: north',
  'Compass=1',
  'SALT minion',
  'https://x.example/cb?sig=none',
  'Cookie: missing',
  'failed to parse token: unexpected end of JSON',
  'Host key verification failed',
  'service_key: name',
  'error: secret "web-token-2" not found',
  'secret/web-token-2: not found',
  'password is incorrect',
  'with password authentication',
  'FATAL: password authentication failed for user "app"',
  'password must have 8 characters',
  'using password: YES',
  'expected -----BEGIN PRIVATE KEY----- in file\nnext line\nthird',
  'token: [redacted:token#1]',
  'invalid password "required"',
  '--from-literal=mode=fast'.replace(/^/, 'kubectl create configmap x '),
  'kind: ConfigMap\ndata:\n  a: b',
  'tokens: 15',
  'max_tokens: 100',
  'key: value',
  'key=value',
  '"key":"password"',
  'key: tls.key',
  'sealed secret key: not found',
  'api-key: required',
  'admission key: x',
  'apiVersion: v1\nkind: Secret\n---\nkind: ConfigMap\ndata:\n  mode: fast',
  '{"status":"pass","fail":0}',
  'tests_pass=12',
  'password: "" ',
  'session key: expired',
  'AUTH_TYPE=basic',
  'redis-cli -h cache ping',
  'unzip -P',
  'oc get pods -p',
  'helm upgrade -p x',
  'https://example.com/a@b',
  'Error: API key: invalid',
  'jwt expired',
  'Login pass: ok',
  'kubectl get secret db -o yaml',
  'basic auth enabled',
  'the password is stored in vault',
  'ENCRYPTION_KEY is not set',
  'SESSION_KEY: must be set',
  'token=$TOKEN',
  'GET /?key=abc',
  'signature=invalid',
  'password:',
  'apiKey: {name: x}',
  'passwordSecretRef: db',
  'password: |',
  'policy: Always',
  'deploy key: missing',
  'app_key: id',
  'LOG_LEVEL=debug&x',
  'cert: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tCk1JSURBekNDQWV1Z0F3SUJBZ0lC',
];

test.each(harmless)('%j is no secret', (text) => {
  expect(redact(text)).toEqual({ value: text, redacted: [] });
});

test.each([
  { args: ['--token', canary, '--port', '80'] },
  { command: ['mysql', '-uroot', `-p${canary}`, 'shop'] },
  { command: ['/usr/bin/redis-cli', '-a', canary, 'ping'] },
  { command: ['curl', '-u', `user:${canary}`, 'http://x'] },
  { SMTP_PASS: canary },
  { env: [{ name: 'SIGNING_KEY', value: canary }] },
  { parameters: [{ key: 'DB_PASSWORD', value: canary }] },
  { auth: basic },
  { passwords: [canary] },
  { password: { value: canary } },
  { secretGenerator: [{ name: 'a', literals: [`x=${canary}`] }] },
])('objects: %j', (object) => {
  const seen = JSON.stringify(redact(object).value);
  expect(seen).not.toContain(canary);
  expect(seen).not.toContain(basic);
  expect(redact(object).redacted).toHaveLength(1);
});

test.each([
  { args: ['--port', '80', '--mode', 'fast'] },
  { command: ['ssh', '-p', '22'] },
  { command: ['docker', 'run', '-p', '80:80'] },
  { auth: 'enabled', pass: true, tokenCount: 3 },
  { secretKeyRef: { name: 'db-secret', key: 'token' } },
  { tolerations: [{ key: 'gpu', operator: 'Equal', value: 'yes' }] },
])('objects without a secret: %j', (object) => {
  expect(redact(object)).toEqual({ value: object, redacted: [] });
});

test('a key that is cut off ends where something else begins, and a mention of one hides nothing', () => {
  const key = 'MIIEowIBAAKCAQEAtopsecretkeymaterial0123456789abcdefghijklmnop';
  const log = `-----BEGIN RSA PRIVATE KEY-----\n${key}\n${key}\n2026-11-24T02:20:02Z FATAL no such host`;
  expect(redact(log).value).toBe(
    '-----BEGIN RSA PRIVATE KEY-----\n[redacted:key#1]\n\n2026-11-24T02:20:02Z FATAL no such host',
  );
});

test('only the document of the Secret loses its data', () => {
  const text = `kind: ConfigMap\ndata:\n  mode: fast\n---\nkind: Secret\ndata:\n  a: ${canary}\n---\nkind: ConfigMap\ndata:\n  mode: slow`;
  expect(redact(text).value).toBe(text.replace(canary, '[redacted:secret#1]'));
});

test('a secret of the sources is hidden where nothing tells that it is one', () => {
  const manifest = `kind: Secret\nstringData:\n  a: ${canary}\n  b: word\n`;
  const hunk = { diff: `@@ -9,2 +9,2 @@\n   value: ${canary}\n-  image: word:1\n` };
  expect(redactLike(hunk, [manifest])).toEqual({
    diff: '@@ -9,2 +9,2 @@\n   value: [redacted:secret#1]\n-  image: word:1\n',
  });
});
