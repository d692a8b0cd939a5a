import { expect, test } from 'vitest';
import { proxiedIn } from '../../src/evidence/proxied.ts';

test('what nginx passes requests to is an address, and an upstream, a variable, a comment or itself is none', () => {
  const config = `
upstream shelf {
  server stalls:8080 weight=2;
  server 10.0.0.4:8080;
}
server {
  listen 80;
  location /a { proxy_pass http://shelf; }
  location /b { proxy_pass https://ledger.plaza.svc.cluster.local:8443/v1/; }
  location /c { grpc_pass grpc://quotes:9000; }
  location /d { proxy_pass http://$backend:8080; }
  location /e { proxy_pass http://localhost:3000; }
  # location /f { proxy_pass http://old:1234; }
}`;
  expect(proxiedIn(config).map(({ value }) => value)).toEqual([
    'stalls:8080',
    'ledger.plaza.svc.cluster.local:8443',
    'quotes:9000',
  ]);
  // Other programs have servers, too.
  expect(proxiedIn('server api:8080;')).toEqual([]);
});
