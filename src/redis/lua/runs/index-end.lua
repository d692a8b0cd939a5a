-- Lists runs as finished.
-- KEYS: 1 unfinished runs, 2 finished runs (sorted sets)
-- ARGV: 1 now (ms), 2… run ids
-- Returns: 1
redis.call('ZREM', KEYS[1], unpack(ARGV, 2))
for i = 2, #ARGV do
  redis.call('ZADD', KEYS[2], ARGV[1], ARGV[i])
end
return 1
