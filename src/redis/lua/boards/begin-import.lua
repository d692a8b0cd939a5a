#!lua
--[[
  Writes down that an import has begun, once, or that it goes on. No window closes while it is pending.

  KEYS[1]  batch gate (hash), KEYS[2] pending batches (sorted set)
  ARGV[1]  digest of what is imported and of how it is cut into parts, ARGV[2] number of events, ARGV[3] number of parts
  ARGV[4]  the plan it was made by (JSON), ARGV[5] seconds the gate is kept while parts are missing, ARGV[6] its name among the pending

  Returns 'conflict' when another plan was begun under the key (nothing is written), else 'new' or 'known'.
]]
local known = redis.call('HGET', KEYS[1], 'digest')
if known and known ~= ARGV[1] then return 'conflict' end
if not known then
  redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'events', ARGV[2], 'parts', ARGV[3], 'accepted', 0, 'plan', ARGV[4])
end
if tonumber(redis.call('HGET', KEYS[1], 'applied') or '0') < tonumber(ARGV[3]) then
  redis.call('EXPIRE', KEYS[1], ARGV[5])
  redis.call('ZADD', KEYS[2], 0, ARGV[6])
end
return known and 'known' or 'new'
