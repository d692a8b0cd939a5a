import fc from 'fast-check';
import { expect, test } from 'vitest';
import { redact } from '../../src/model/redaction.ts';

const hidden = (text: string): string => redact(text).value;
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhcHAifQ.c2lnbmF0dXJl';

test.each([
  ['postgres://app:hunter2@db.prod.svc:5432/orders', 'postgres://app:[redacted:password#1]@db.prod.svc:5432/orders'],
  ['redis://:p@ssw@rd@cache:6379/0', 'redis://:[redacted:password#1]@cache:6379/0'],
  ['amqp://u:pa/ss@mq:5672', 'amqp://u:[redacted:password#1]@mq:5672'],
  ['redis://:a@h1:1,redis://:b@h2:2', 'redis://:[redacted:password#1]@h1:1,redis://:[redacted:password#2]@h2:2'],
  ['app:s3cr3t@tcp(db:3306)/orders', 'app:[redacted:password#1]@tcp(db:3306)/orders'],
  [
    'Server=db;User Id=sa;Password=Hunter2;Database=x',
    'Server=db;User Id=sa;Password=[redacted:password#1];Database=x',
  ],
  ['password=hunter2 host=db user=app', 'password=[redacted:password#1] host=db user=app'],
  ["password='two words' host=db", "password='[redacted:password#1]' host=db"],
  ['PIN_PASSWORD=123456', 'PIN_PASSWORD=[redacted:password#1]'],
  ['{"password":"hun\\"ter2","user":"app"}', '{"password":"[redacted:password#1]","user":"app"}'],
  ['{\\"apiToken\\":\\"abc\\",\\"port\\":1}', '{\\"apiToken\\":\\"[redacted:secret#1]\\",\\"port\\":1}'],
  ['mysql --password hunter2 -h db', 'mysql --password [redacted:secret#1] -h db'],
  ['curl -u admin:hunter2 http://x', 'curl -u admin:[redacted:password#1] http://x'],
  ['Authorization: Basic YWRtaW46eA==', 'Authorization: Basic [redacted:token#1]'],
  ['got Bearer abcdefghij0123456789', 'got Bearer [redacted:token#1]'],
  [`token ${jwt} expired`, 'token [redacted:token#1] expired'],
  ['AKIAIOSFODNN7EXAMPLE', '[redacted:key#1]'],
  ['aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPx', 'aws_secret_access_key = [redacted:secret#1]'],
  [`ghp_${'a1'.repeat(18)}`, '[redacted:token#1]'],
  [`xoxb-${'1'.repeat(12)}-abc`, '[redacted:token#1]'],
  [
    `https://hooks.slack.com/services/T000/B000/${'x'.repeat(24)}`,
    'https://hooks.slack.com/services/[redacted:token#1]',
  ],
  [`AIza${'b'.repeat(35)}`, '[redacted:key#1]'],
  [`key sk-ant-${'c'.repeat(40)}`, 'key [redacted:key#1]'],
  [
    '-----BEGIN EC PRIVATE KEY-----\nMHcCAQ\n-----END EC PRIVATE KEY-----\nnext',
    '-----BEGIN EC PRIVATE KEY-----\n[redacted:key#1]\n-----END EC PRIVATE KEY-----\nnext',
  ],
  ['-----BEGIN PRIVATE KEY-----\nMIIE cut off', '-----BEGIN PRIVATE KEY-----\n[redacted:key#1]'],
  [
    'kind: Secret\ndata:\n  user: YXBw\n  pass: aHVu\nmetadata:\n  name: db',
    'kind: Secret\ndata:\n  user: [redacted:secret#1]\n  pass: [redacted:secret#2]\nmetadata:\n  name: db',
  ],
  [
    '{"kind":"Secret","data":{"a":"aHVu"},"metadata":{"name":"db"}}',
    '{"kind":"Secret","data":{"a":"[redacted:secret#1]"},"metadata":{"name":"db"}}',
  ],
  [
    '- name: DB_PASSWORD\n  value: "hunter2"\n- name: X',
    '- name: DB_PASSWORD\n  value: "[redacted:secret#1]"\n- name: X',
  ],
  ['paged alice.b+ops@example.com twice', 'paged [redacted:email#1] twice'],
])('hides the secret and nothing else in %s', (text, expected) => {
  expect(hidden(text)).toBe(expected);
});

test.each([
  'FATAL: password authentication failed for user "app" on db.prod.svc:5432',
  'Error: secret "db-credentials" not found',
  'unable to fetch secret="default/regcred"',
  'require-pull-secret: validations[0]',
  "couldn't find key password in Secret shop/db-credentials",
  'tlsSecret: keycloak-tls',
  'secretName: web-tls',
  'secretKeyRef:\n  name: db\n  key: password',
  "DB_PASSWORD:  <set to the key 'password' in secret 'db'>  Optional: false",
  'password: $(DB_PASSWORD)',
  'password: \u0024{DB_PASSWORD}',
  'invalid token: unexpected EOF at line 3',
  'token: expired',
  "Access denied for user 'app'@'10.0.0.1' (using password: YES)",
  'automountServiceAccountToken: false',
  'max_tokens=256',
  'http://host:8080/path@x',
  'postgres://app@db.example.com:5432/orders',
  'dial app@db.prod.svc',
  "node 'rabbit@mq-server-0.mq-nodes.default' is down",
  'git@github.com:org/repo.git',
  'image: registry.example.com/app@sha256:0123456789abcdef',
  'uses actions/checkout@v4.1.0',
  'password=[redacted:password#1]',
])('leaves a cause alone: %s', (text) => {
  expect(redact(text)).toEqual({ value: text, redacted: [] });
});

test('the same secret has the same placeholder everywhere, and each is counted', () => {
  const { value, redacted } = redact({
    log: 'password=hunter2',
    env: [{ name: 'DB_PASSWORD', value: 'hunter2' }],
    other: 'pwd=x1',
  });
  expect(value).toEqual({
    log: 'password=[redacted:password#1]',
    env: [{ name: 'DB_PASSWORD', value: '[redacted:password#1]' }],
    other: 'pwd=[redacted:password#2]',
  });
  expect(redacted).toEqual([
    { placeholder: '[redacted:password#1]', kind: 'password', count: 2 },
    { placeholder: '[redacted:password#2]', kind: 'password', count: 1 },
  ]);
});

test('objects are read as such: members named like a secret, and the data of a Secret', () => {
  const manifest = {
    kind: 'Secret',
    metadata: { name: 'db-credentials' },
    data: { username: 'YXBw' },
    stringData: { 'config.yaml': 'a: b' },
    spec: { clientSecret: 'swordfish', tlsSecret: 'keycloak-tls', replicas: 2, token: null },
  };
  expect(redact(manifest).value).toEqual({
    ...manifest,
    data: { username: '[redacted:secret#1]' },
    stringData: { 'config.yaml': '[redacted:secret#2]' },
    spec: { ...manifest.spec, clientSecret: '[redacted:secret#3]' },
  });
});

const secret = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_!*.-]{10,30}[0-9]$/);
const word = fc.stringMatching(/^[a-z]{1,8}$/);
/** Places where secrets turn up in what a deploy leaves behind. */
const places: readonly ((canary: string) => string)[] = [
  (canary) => `dial postgres://app:${canary}@db.prod.svc:5432/x: timeout`,
  (canary) => `DB_PASSWORD=${canary}`,
  (canary) => `db.password: ${canary}`,
  (canary) => `{"client_secret":"${canary}"}`,
  (canary) => JSON.stringify(JSON.stringify({ apiKey: canary })),
  (canary) => `args: --api-key=${canary} --port 1`,
  (canary) => `run --token ${canary}`,
  (canary) => `Authorization: Bearer ${canary}`,
  (canary) => `- name: SMTP_PASSWORD\n  value: ${canary}\n`,
  (canary) => `kind: Secret\ndata:\n  any: ${canary}\n`,
  (canary) => `-----BEGIN RSA PRIVATE KEY-----\n${canary}\n-----END RSA PRIVATE KEY-----`,
  (canary) => `app:${canary}@tcp(db:3306)/x`,
];

test('a secret planted anywhere never comes out, at any depth', () => {
  const planted = fc.record({
    canary: secret,
    place: fc.constantFrom(...places),
    before: fc.array(word).map((words) => words.join(' ')),
    after: fc.array(word).map((words) => words.join(' ')),
  });
  fc.assert(
    fc.property(planted, ({ canary, place, before, after }) => {
      const text = `${before}\n${place(canary)}\n${after}`;
      const { value, redacted } = redact({ logs: [{ text }] });
      const seen = value.logs[0]?.text ?? '';
      expect(seen).not.toContain(canary);
      expect(seen.startsWith(before) && seen.endsWith(after)).toBe(true);
      expect(redacted).toHaveLength(1);
    }),
    { numRuns: 400 },
  );
});

const env = (canary: string) => [
  { name: 'MODE', value: 'plain' },
  { name: 'DB_PASSWORD', value: canary },
  { name: 'API_TOKEN', valueFrom: { secretKeyRef: { name: 'db-secret', key: 'token' } } },
  { name: 'DB_HOST', value: 'db.prod.svc' },
];
const valueFirst = (canary: string) => env(canary).map(({ name, value, valueFrom }) => ({ value, valueFrom, name }));
/** Every way in which a list of variables is written down. */
const layouts: readonly ((canary: string) => string)[] = [
  (canary) => JSON.stringify(env(canary)),
  (canary) => JSON.stringify(valueFirst(canary)),
  (canary) => JSON.stringify({ env: env(canary) }, null, 2),
  (canary) => JSON.stringify({ env: valueFirst(canary) }, null, '\t'),
  (canary) => JSON.stringify({ applied: JSON.stringify(env(canary)) }),
  (canary) => JSON.stringify({ applied: JSON.stringify(valueFirst(canary), null, 2) }),
  (canary) => JSON.stringify({ applied: JSON.stringify({ inner: JSON.stringify(valueFirst(canary)) }) }),
  (canary) => JSON.stringify({ applied: JSON.stringify(env(canary), null, '\t') }),
  (canary) => JSON.stringify(env(canary)).replaceAll('"', "'"),
  (canary) =>
    `env: [{ name: MODE, value: plain }, { name: DB_PASSWORD, value: ${canary} }, { name: DB_HOST, value: db.prod.svc }]`,
  (canary) =>
    `env: [{value: plain, name: MODE}, {value: ${canary}, name: DB_PASSWORD}, {value: db.prod.svc, name: DB_HOST}]`,
  (canary) =>
    `- { value: 'plain', name: MODE }\n- { value: '${canary}', name: "DB_PASSWORD" }\n- { name: A, value: db.prod.svc }`,
  (canary) => `- {\n    name: DB_PASSWORD,\n    value: ${canary}\n  }\n- { name: plain, value: db.prod.svc }`,
  (canary) =>
    `- value: plain\n  name: MODE\n- value: ${canary}\n  name: DB_PASSWORD\n- value: db.prod.svc\n  name: DB_HOST`,
  (canary) => `- value: plain\n- value: "${canary}"\n  name: 'DB_PASSWORD'\n- name: A\n  value: db.prod.svc`,
  (canary) => `- name: DB_PASSWORD\n  value: |\n    ${canary}\n    ${canary}\n- name: plain\n  value: db.prod.svc`,
  (canary) => `- value: >-\n    ${canary}\n  name: DB_PASSWORD\n- name: plain\n  value: db.prod.svc`,
  (canary) => `+  - name: DB_PASSWORD\n+    value: ${canary}\n+  - name: plain\n+    value: db.prod.svc`,
  (canary) => `-  - name: DB_PASSWORD\n-    value: ${canary}\n-  - name: plain\n-    value: db.prod.svc`,
  (canary) => JSON.stringify(`- name: DB_PASSWORD\n  value: ${canary}\n- name: plain\n  value: db.prod.svc\n`),
  (canary) => JSON.stringify(`env:\n- value: "${canary}"\n  name: DB_PASSWORD\n- name: plain\n  value: db.prod.svc\n`),
  (canary) => `[EnvVar{Name:DB_PASSWORD,Value:${canary},ValueFrom:nil,} {Name:plain Value:db.prod.svc ValueFrom:nil}]`,
];

test.each(layouts.map((layout) => [layout('hunter2abc'), layout('[redacted:secret#1]')]))(
  'hides the value of a variable and nothing else in %s',
  (text, expected) => {
    expect(hidden(text)).toBe(expected);
  },
);

test.each([
  ['{"name":"A_TOKEN","value":"x\\"y\\\\"}', '{"name":"A_TOKEN","value":"[redacted:secret#1]"}'],
  ["{ name: A_TOKEN, value: 'it''s' }", "{ name: A_TOKEN, value: '[redacted:secret#1]' }"],
  ['{"value":"my name: x","name":"A_TOKEN"}', '{"value":"[redacted:secret#1]","name":"A_TOKEN"}'],
  ['{"value":123456,"name":"PIN_PASSWORD"}', '{"value":[redacted:secret#1],"name":"PIN_PASSWORD"}'],
  ['{"name":"A_TOKEN","secure":true,"value":"cut o', '{"name":"A_TOKEN","secure":true,"value":"[redacted:secret#1]'],
  [
    '{"name":"A_TOKEN","value":"x1"},{"value":"x1","name":"B_TOKEN"}',
    '{"name":"A_TOKEN","value":"[redacted:secret#1]"},{"value":"[redacted:secret#1]","name":"B_TOKEN"}',
  ],
  ['{"name":"A_TOKEN","value":"$(B)"}', '{"name":"A_TOKEN","value":"$(B)"}'],
  [
    '- name: A\n  value: plain\n- name: A_TOKEN\n  valueFrom:\n    x: y',
    '- name: A\n  value: plain\n- name: A_TOKEN\n  valueFrom:\n    x: y',
  ],
])('pairs names and values: %s', (text, expected) => {
  expect(hidden(text)).toBe(expected);
});

test('a list of variables never gives its secret away, however it is written', () => {
  const members = fc.record({
    canary: secret,
    names: fc.array(fc.constantFrom('MODE', 'DB_HOST', 'LOG'), { maxLength: 3 }),
    at: fc.nat(3),
    first: fc.boolean(),
    quote: fc.constantFrom('', '"', "'"),
    flow: fc.boolean(),
    json: fc.boolean(),
    indent: fc.nat(4),
    depth: fc.nat(3),
  });
  fc.assert(
    fc.property(members, ({ canary, names, at, first, quote, flow, json, indent, depth }) => {
      const variables = names.map((name: string) => ({ name, value: 'plain' }));
      variables.splice(at, 0, { name: 'DB_PASSWORD', value: canary });
      const items = variables.map(({ name, value }) => (first ? { value, name } : { name, value }));
      const pad = ' '.repeat(indent);
      const yaml = items.map((item) => {
        const parts = Object.entries(item).map(([key, value]) => `${key}: ${quote}${value}${quote}`);
        return flow ? `${pad}- { ${parts.join(', ')} }` : `${pad}- ${parts.join(`\n${pad}  `)}`;
      });
      let text = json ? JSON.stringify(items, null, indent) : yaml.join('\n');
      for (let level = 0; level < depth; level += 1) text = JSON.stringify({ text });
      const seen = hidden(text);
      expect(seen).not.toContain(canary);
      expect(seen.split('\n')).toHaveLength(text.split('\n').length);
      expect(seen.split('plain')).toHaveLength(names.length + 1);
      expect(redact(seen)).toEqual({ value: seen, redacted: [] });
    }),
    { numRuns: 500 },
  );
});

test('redacting twice changes nothing, and new secrets get new numbers', () => {
  const lines = fc.array(
    fc.oneof(
      fc.string(),
      fc.tuple(fc.constantFrom(...places, ...layouts), secret).map(([place, canary]) => place(canary)),
    ),
  );
  fc.assert(
    fc.property(lines, (texts) => {
      const once = redact(texts.join('\n')).value;
      expect(redact(once)).toEqual({ value: once, redacted: [] });
    }),
    { numRuns: 300 },
  );
  expect(hidden('password=[redacted:password#7] token=abc1')).toBe(
    'password=[redacted:password#7] token=[redacted:secret#8]',
  );
});

test.each([
  ['one long word', 'a'],
  ['URL beginnings', '://a:'],
  ['at signs', 'a@'],
  ['names of secrets', 'password='],
  ['names with quotes', 'password:"'],
  ['beginnings of tokens', 'eyJ'],
  ['beginnings of keys', '-----BEGIN PRIVATE KEY-----'],
  ['beginnings of Secrets', 'kind: Secret "data":{'],
  ['domains', 'a.'],
  ['bearers', 'authorization: bearer '],
  ['variables', 'name: password\n value: '],
  ['variables in JSON', '{"name":"password","value":"'],
  ['values before names', 'value:\\"name:password '],
  ['values in values', 'value:'],
  ['values in quotes', "value:'''value:"],
  ['names and one value', 'name:password;value:;'],
  ['indented values', '- value: |\n    a\n  name: token\n'],
  ['blanks and dashes', '- '],
  ['backslashes', 'password=\\"\\\\'],
  ['keys that are cut off', '-----BEGIN PRIVATE KEY-----\nMIIEabcdefghijklmnopqrst\n'],
  ['flags and commas', '--token, '],
  ['flags a line', '--token\n'],
  ['clients', 'docker login -p '],
  ['clients a line', 'redis-cli\n'],
  ['cookies', 'cookie: a=b;'],
  ['blocks', '- password: |\n    a\n'],
  ['separators', 'password=a,'],
  ['several', 'passwords=aaaa1,'],
  ['mappings', 'tokens: [{name: a, value: b}, '],
  ['mappings a line', 'tokens:\n- name: a\n  value: b\n'],
  ['URLs with blanks', 'x://a:b c '],
  ['aligned names', `token${' '.repeat(39)}`],
  ['encoded names', 'password%3D'],
  ['generators', 'secretGenerator:\n- literals:\n  - a=b\n'],
  ['documents', 'kind: Secret\n---\n'],
])('takes linear time: %s', (_, piece) => {
  const seconds = (size: number): number => {
    const text = piece.repeat(size / piece.length);
    // CPU time: other processes may keep the clock from saying anything.
    const before = process.cpuUsage();
    redact(text);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1e6;
  };
  seconds(10_000);
  const small = Math.min(...Array.from({ length: 3 }, () => seconds(25_000)));
  const large = Math.min(...Array.from({ length: 3 }, () => seconds(200_000)));
  // Eight times the text; quadratic time would be sixty-four times as long.
  expect(large).toBeLessThan(Math.max(small * 24, 0.1));
});
