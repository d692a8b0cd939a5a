-- Claims an idempotency key.
-- KEYS: 1 claim (string)
-- ARGV: 1 run id, 2 body digest, 3 keep for (ms)
-- Returns: {run id, body digest} that the key stands for: this claim's or an earlier one's
local earlier = redis.call('GET', KEYS[1])
if earlier then
  local space = string.find(earlier, ' ', 1, true)
  return {string.sub(earlier, 1, space - 1), string.sub(earlier, space + 1)}
end
redis.call('SET', KEYS[1], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
return {ARGV[1], ARGV[2]}
