#!lua
--[[
  Applies one part of a batch to a board that adds up each player's scores (or counts events), once.

  KEYS[1]        batch gate (hash: a field for each applied part, and `applied`, their number)
  KEYS[2]        window ids (set)
  KEYS[3 ...]    for each window: entries (sorted set), state (hash)
  ARGV[1]        number of the part
  ARGV[2]        parts of the batch
  ARGV[3]        seconds the gate is kept once all parts are applied
  ARGV[4]        lowest total, ARGV[5] highest total (signed and scaled, as in the sort key)
  ARGV[6 ...]    for each window: id, events in it, 2^bits of its sort keys, number of entries n, then n times: change of the
                 total (signed and scaled), tie-break steps of the player's last event, player

  Returns 'applied', 'duplicate', 'expired' when the gate no longer exists, or {'range', player, window} when a total would
  leave the range; then nothing is written. All sums are of integers below 2^53, and numbers are handed to redis.call as
  numbers, which writes all their digits (tostring would not).
]]
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 'duplicate' end
if redis.call('EXISTS', KEYS[1]) == 0 then return 'expired' end

local low, high = tonumber(ARGV[4]), tonumber(ARGV[5])
local windows, at = {}, 6
for key = 3, #KEYS, 2 do
  local id, events, unit, count = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local players = {}
  for i = 1, count do players[i] = ARGV[at + 3 + 3 * i] end
  local known = redis.call('ZMSCORE', KEYS[key], unpack(players))
  local update = {}
  for i = 1, count do
    local total, steps = tonumber(ARGV[at + 1 + 3 * i]), tonumber(ARGV[at + 2 + 3 * i])
    if known[i] then
      local old = tonumber(known[i])
      local before = math.floor(old / unit)
      total = total + before
      steps = math.max(steps, old - before * unit)
    end
    if total < low or total > high then return { 'range', players[i], id } end
    update[2 * i - 1] = total * unit + steps
    update[2 * i] = players[i]
  end
  windows[#windows + 1] = { key = key, id = id, events = events, update = update }
  at = at + 4 + 3 * count
end

redis.call('HSET', KEYS[1], ARGV[1], '1')
if redis.call('HINCRBY', KEYS[1], 'applied', 1) == tonumber(ARGV[2]) then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
for _, window in ipairs(windows) do
  redis.call('SADD', KEYS[2], window.id)
  redis.call('ZADD', KEYS[window.key], unpack(window.update))
  redis.call('HINCRBY', KEYS[window.key + 1], 'events', window.events)
  redis.call('HINCRBY', KEYS[window.key + 1], 'revision', 1)
end
return 'applied'
