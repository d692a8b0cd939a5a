import { testRedis } from '../helpers/redis.ts';
import { describeStore } from './support/store-suite.ts';
import { memoryStore, redisStore } from './support/stores.ts';

describeStore('memory', memoryStore);
describeStore('Redis', () => redisStore(testRedis()));
