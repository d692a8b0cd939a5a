import { describe, expect, test } from 'vitest';
import { redisOptions, whereOf } from '../../src/redis/url.ts';

describe('REDIS_URL', () => {
  test.each([
    ['redis://', { host: '127.0.0.1', port: 6379 }, '127.0.0.1:6379'],
    ['redis://redis:6380/2', { host: 'redis', port: 6380, db: 2 }, 'redis:6380'],
    ['rediss://ada:p%40ss@[::1]:1', { host: '::1', port: 1, username: 'ada', password: 'p@ss', tls: {} }, '[::1]:1'],
    ['unix:///run/redis.sock', { path: '/run/redis.sock' }, '/run/redis.sock'],
    [
      'redis+cluster://a:7001,b,[::1]:7003',
      {
        nodes: [
          { host: 'a', port: 7001 },
          { host: 'b', port: 6379 },
          { host: '::1', port: 7003 },
        ],
      },
      'a:7001, b:6379, [::1]:7003',
    ],
    [
      'rediss+cluster://ada:p%40ss,%2C@a:1,b:2/0',
      {
        nodes: [
          { host: 'a', port: 1 },
          { host: 'b', port: 2 },
        ],
        username: 'ada',
        password: 'p@ss,,',
        tls: {},
      },
      'a:1, b:2',
    ],
  ])('%s is read', (url, options, where) => {
    expect(redisOptions(url)).toEqual(options);
    expect(whereOf(url)).toBe(where);
  });

  test.each([
    ['http://ada:hunter2@x', /must start with/],
    ['redis://ada:hunter2@x:port', /malformed/],
    ['redis+cluster://ada:hunter2@a:1,b:2:3', /malformed/],
    ['redis+cluster://ada:hunter2@a:1,b:2/3', /has none but 0/],
  ])('%s is refused without being repeated', (url, message) => {
    expect(() => redisOptions(url)).toThrow(message);
    expect(() => redisOptions(url)).not.toThrow(/hunter2/);
  });
});
