import { expect, it } from 'vitest';
import { fittedText } from '../../../pipelines/policy-fix/fixers/fitted-text.ts';

it.each([
  ['arn:aws:iam::1:role/mailer', '*/shop-mail', 'arn:aws:iam::1:role/shop-mail'],
  ['billing/smtp', 'orders/*', 'orders/smtp'],
  ['smtp', 'orders/*', 'orders/smtp'],
  ['old.example/ns/web/sa/web', 'new.example/ns/*', 'new.example/ns/web/sa/web'],
  ['old.example/web', 'new.example/ns/*', 'new.example/ns/web'],
  ['developers', 'oidc:*', 'oidc:developers'],
  ['web', '*-prod', 'web-prod'],
  ['web', 'shop-*', 'shop-web'],
  ['host.example.com', '*.lab', undefined],
  ['mailer', '*/shop-mail', undefined],
  ['a/b', '*/b', undefined],
  ['http://a/b', 'https://*', undefined],
  ['web', '*-prod-*', undefined],
  ['web', '!shop-*', undefined],
  [undefined, 'shop-*', undefined],
])('%s as %s is %s', (now, pattern, expected) => {
  expect(fittedText(now, pattern)).toBe(expected);
});
