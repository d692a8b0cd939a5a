#!lua
--[[
  Applies one part of a batch to a board that keeps each player's latest score, once. Of two events at the same millisecond
  the better score stands, so that the order of delivery decides nothing.

  KEYS[1]        batch gate (hash: a field for each applied part, and `applied`, their number)
  KEYS[2]        window ids (set)
  KEYS[3 ...]    for each window: entries (sorted set), state (hash), times (hash)
  ARGV[1]        number of the part
  ARGV[2]        parts of the batch
  ARGV[3]        seconds the gate is kept once all parts are applied
  ARGV[4 ...]    for each window: id, events in it, number of entries n, then n times: sort key, time (ms), player

  Returns 'applied', 'duplicate', or 'expired' when the gate no longer exists.
]]
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 'duplicate' end
if redis.call('EXISTS', KEYS[1]) == 0 then return 'expired' end

redis.call('HSET', KEYS[1], ARGV[1], '1')
if redis.call('HINCRBY', KEYS[1], 'applied', 1) == tonumber(ARGV[2]) then redis.call('EXPIRE', KEYS[1], ARGV[3]) end

local at = 4
for key = 3, #KEYS, 3 do
  local id, events, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2])
  local players = {}
  for i = 1, count do players[i] = ARGV[at + 2 + 3 * i] end
  local known = redis.call('HMGET', KEYS[key + 2], unpack(players))
  local entries, times = {}, {}
  for i = 1, count do
    local sortKey, time = ARGV[at + 3 * i], ARGV[at + 1 + 3 * i]
    local before, now = tonumber(known[i] or '-1'), tonumber(time)
    if now > before
      or (now == before and tonumber(sortKey) < tonumber(redis.call('ZSCORE', KEYS[key], players[i]))) then
      entries[#entries + 1] = sortKey
      entries[#entries + 1] = players[i]
      times[#times + 1] = players[i]
      times[#times + 1] = time
    end
  end
  redis.call('SADD', KEYS[2], id)
  if #entries > 0 then
    redis.call('ZADD', KEYS[key], unpack(entries))
    redis.call('HSET', KEYS[key + 2], unpack(times))
  end
  redis.call('HINCRBY', KEYS[key + 1], 'events', events)
  redis.call('HINCRBY', KEYS[key + 1], 'revision', 1)
  at = at + 3 + 3 * count
end
return 'applied'
