import { describe, expect, it } from 'vitest';
import { pathIn, peerIn } from '../../../pipelines/deploy-explanation/analyzers/startup/named-in-line.ts';

describe('the path that a line speaks of', () => {
  it.each([
    ['opening storage failed: open /data/wal/0012: no space left on device', '/data/wal/0012'],
    ['could not extend file "base/16/24": No space left on device', 'base/16/24'],
    ["OSError: [Errno 28] No space left on device: '/var/spool/out.csv'", '/var/spool/out.csv'],
    ['/app/store.go:88 write /srv/blobs/a.tmp: no space left on device', '/srv/blobs/a.tmp'],
    ['POST /v1/uploads failed: no space left on device', undefined],
    ['put https://s3.example/bucket/key: no space left on device', undefined],
    ['java.io.IOException: No space left on device', undefined],
  ])('%s', (line, path) => {
    expect(pathIn(line, line.toLowerCase().indexOf('no space left'))).toBe(path);
  });
});

describe('whom a line says that the program speaks to', () => {
  it.each([
    ['Post "https://pay.example:8443/v1": tls: failed to verify certificate', 'pay.example:8443'],
    ['x509: certificate is valid for *.a.example, a.example, not gw.b.example', 'gw.b.example'],
    ['dial failed broker=kafka-0.iot.svc:9093 err="x509: certificate has expired"', 'kafka-0.iot.svc:9093'],
    ["HTTPSConnectionPool(host='id.corp.example', port=443): certificate verify failed", 'id.corp.example'],
    ['client.go:214 ldap-1:636 certificate signed by unknown authority', 'ldap-1:636'],
    ['10:01AM ERR x509: certificate signed by unknown authority', undefined],
    ['connect to 10.3.0.9:5432: certificate verify failed', undefined],
  ])('%s', (line, peer) => {
    expect(peerIn(line)).toBe(peer);
  });
});
