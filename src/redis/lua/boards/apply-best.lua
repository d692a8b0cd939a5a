#!lua
--[[
  Applies one part of a batch to a board that keeps each player's best, once.

  KEYS[1]        batch gate (hash: a field for each applied part, and `applied`, their number)
  KEYS[2]        window ids (set)
  KEYS[3 ...]    for each window: entries (sorted set), state (hash)
  ARGV[1]        number of the part
  ARGV[2]        parts of the batch
  ARGV[3]        seconds the gate is kept once all parts are applied
  ARGV[4 ...]    for each window: id, events in it, number of entries n, then n times: sort key, player

  Returns 'applied', 'duplicate', or 'expired' when the gate no longer exists. Sort keys go to Redis as the text they came
  in: Lua's own conversion of numbers to text would round them.
]]
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 'duplicate' end
if redis.call('EXISTS', KEYS[1]) == 0 then return 'expired' end

redis.call('HSET', KEYS[1], ARGV[1], '1')
if redis.call('HINCRBY', KEYS[1], 'applied', 1) == tonumber(ARGV[2]) then redis.call('EXPIRE', KEYS[1], ARGV[3]) end

local at = 4
for key = 3, #KEYS, 2 do
  local id, events, last = ARGV[at], ARGV[at + 1], at + 2 + 2 * tonumber(ARGV[at + 2])
  redis.call('SADD', KEYS[2], id)
  -- unpack is bounded by Lua's stack: a thousand values at a time.
  for from = at + 3, last, 1000 do
    redis.call('ZADD', KEYS[key], 'LT', unpack(ARGV, from, math.min(from + 999, last)))
  end
  redis.call('HINCRBY', KEYS[key + 1], 'events', events)
  redis.call('HINCRBY', KEYS[key + 1], 'revision', 1)
  at = last + 1
end
return 'applied'
