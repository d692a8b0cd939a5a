-- Lists runs no more.
-- KEYS: 1 all runs, 2 unfinished runs, 3 finished runs, 4… runs of each pipeline (sorted sets)
-- ARGV: run ids
-- Returns: how many were listed
local listed = redis.call('ZREM', KEYS[1], unpack(ARGV))
for i = 2, #KEYS do
  redis.call('ZREM', KEYS[i], unpack(ARGV))
end
return listed
