#!lua
--[[
  Writes down that a batch is accepted, once. Its window may not close until the batch is applied or given up.

  KEYS[1]  batch gate (hash), KEYS[2] pending batches (sorted set)
  ARGV[1]  digest of the events, ARGV[2] their number, ARGV[3] number of parts, ARGV[4] now (Unix milliseconds)
  ARGV[5]  seconds the gate is kept while parts are missing, ARGV[6] the batch's name among the pending ones

  Returns { 'conflict' } when other events were accepted under the key, else { 'new' or 'known', time of acceptance, parts applied }.
]]
local known = redis.call('HGET', KEYS[1], 'digest')
if known and known ~= ARGV[1] then return { 'conflict' } end
if not known then
  redis.call('HSET', KEYS[1], 'digest', ARGV[1], 'events', ARGV[2], 'parts', ARGV[3], 'accepted', ARGV[4])
end
local accepted = redis.call('HGET', KEYS[1], 'accepted')
local applied = tonumber(redis.call('HGET', KEYS[1], 'applied') or '0')
if applied < tonumber(ARGV[3]) then
  redis.call('EXPIRE', KEYS[1], ARGV[5])
  redis.call('ZADD', KEYS[2], accepted, ARGV[6])
end
return { known and 'known' or 'new', accepted, applied }
