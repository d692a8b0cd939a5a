#!lua
--[[
  Applies one part of a batch to the windows of a board, once: wholly or not at all.

  KEYS[1]  batch gate (hash: a field for each applied part, and `applied`, their number)
  KEYS[2]  open windows (sorted set), KEYS[3] closed windows (sorted set), KEYS[4] late events (hash)
  KEYS[5]  pending batches (sorted set)
  then     where events are recognised by id: three sets of ids; by sequence: the bitmaps that ARGV names
  then     for each window: entries (sorted set), state (hash), times (hash), metadata (hash), scores (sorted set)

  ARGV[1]  number of the part, ARGV[2] parts of the batch, ARGV[3] seconds the gate is kept once all are applied
  ARGV[4]  the batch's name among the pending ones
  ARGV[5]  operator: best, latest or sum, ARGV[6] lowest total, ARGV[7] highest total (signed and scaled as in the sort key)
  ARGV[8]  entries a window keeps at most, or 0, ARGV[9] 1 when entries carry metadata, ARGV[10] 1 when dense ranks are kept
  ARGV[11] how events are recognised: no, id or sequence, ARGV[12] their number n, ARGV[13] seconds they are remembered
  ARGV[14] number m of late windows
  then     m times: id of the window, its kind, number of events that came too late for it
  then     n times: id; or number (from 1) of the bitmap, bit in it
  then     for each window: id, kind, end (Unix milliseconds, or +inf), events in it, 2^bits of its sort keys, number of changes c,
           then c times
             best    sort key, [metadata,] player
             latest  sort key, time (Unix milliseconds), [metadata,] player
             sum     change of the total (signed and scaled), tie-break steps of the last event, [metadata,] player

  Returns 'applied', 'duplicate', 'expired' when the gate no longer exists, { 'seen', place, ... } with the places (from 1) of
  events that were applied before, or { 'range', player, window } when a total would leave the range. Nothing is written unless
  'applied' is returned. A closed window takes nothing: what comes for it is counted as late.

  Sort keys are integers below 2^53. They go to Redis as the text they came in, or as numbers, which redis.call writes with all
  their digits; Lua's own tostring would round them.
]]
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 'duplicate' end
if redis.call('EXISTS', KEYS[1]) == 0 then return 'expired' end

local operator, low, high = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7])
local most, withMetadata, dense = tonumber(ARGV[8]), ARGV[9] == '1', ARGV[10] == '1'
local recognised, items, lates = ARGV[11], tonumber(ARGV[12]), tonumber(ARGV[14])
local at = 15 + 3 * lates
local key = 6

-- Events that were applied before: the caller leaves them out and comes again.
local firstItem, firstMemory = at, key
local seen = {}
if recognised == 'id' then
  for memory = key, key + 2 do
    if items > 0 then
      for place, member in ipairs(redis.call('SMISMEMBER', KEYS[memory], unpack(ARGV, at, at + items - 1))) do
        if member == 1 then seen[#seen + 1] = place end
      end
    end
  end
  at, key = at + items, key + 3
elseif recognised == 'sequence' then
  local bitmaps = 0
  for place = 1, items do
    local bitmap = tonumber(ARGV[at + 2 * place - 2])
    bitmaps = math.max(bitmaps, bitmap)
    if redis.call('GETBIT', KEYS[key + bitmap - 1], ARGV[at + 2 * place - 1]) == 1 then seen[#seen + 1] = place end
  end
  at, key = at + 2 * items, key + bitmaps
end
if #seen > 0 then return { 'seen', unpack(seen) } end

-- What each window becomes, before anything is written.
local width = (operator == 'best' and 2 or 3) + (withMetadata and 1 or 0)
local plain = operator == 'best' and not withMetadata and not dense

-- Whether a text comes before the metadata a player has: of equal entries that stays which sorts first, in any order of delivery.
local function precedes(window, player, metadata)
  return withMetadata and metadata < (redis.call('HGET', KEYS[window.key + 3], player) or '')
end

local decide = {}
function decide.best(window, i, old)
  local new = tonumber(ARGV[i])
  if old and (new > old or (new == old and not precedes(window, ARGV[i + width - 1], ARGV[i + 1]))) then return nil end
  return ARGV[i], ARGV[i + 1]
end
function decide.latest(window, i, old, before)
  local new, now = tonumber(ARGV[i]), tonumber(ARGV[i + 1])
  if before and (now < before or (now == before
    and (new > old or (new == old and not precedes(window, ARGV[i + width - 1], ARGV[i + 2]))))) then return nil end
  return ARGV[i], ARGV[i + 2]
end
function decide.sum(window, i, old)
  local total, steps, metadata = tonumber(ARGV[i]), tonumber(ARGV[i + 1]), ARGV[i + 2]
  if old then
    local before = math.floor(old / window.unit)
    local last = old - before * window.unit
    if withMetadata and (last > steps or (last == steps and not precedes(window, ARGV[i + width - 1], metadata))) then
      metadata = nil
    end
    total, steps = total + before, math.max(steps, last)
  end
  if total < low or total > high then return false end
  return total * window.unit + steps, metadata
end

local windows = {}
while at <= #ARGV do
  local changes = tonumber(ARGV[at + 5])
  local window = {
    key = key, id = ARGV[at], kind = ARGV[at + 1], ends = ARGV[at + 2], events = ARGV[at + 3], unit = tonumber(ARGV[at + 4]),
    from = at + 6, last = at + 5 + width * changes, closed = redis.call('HEXISTS', KEYS[key + 1], 'closed') == 1,
    update = {}, times = {}, metadata = {}, scores = {},
  }
  if changes > 0 and not plain and not window.closed then
    local players = {}
    for i = window.from, window.last, width do players[#players + 1] = ARGV[i + width - 1] end
    local olds = redis.call('ZMSCORE', KEYS[key], unpack(players))
    local before = operator == 'latest' and redis.call('HMGET', KEYS[key + 2], unpack(players)) or {}
    for n, player in ipairs(players) do
      local i, old = window.from + (n - 1) * width, olds[n] and tonumber(olds[n])
      local new, metadata = decide[operator](window, i, old, before[n] and tonumber(before[n]))
      if new == false then return { 'range', player, window.id } end
      if new then
        window.update[#window.update + 1] = new
        window.update[#window.update + 1] = player
        if operator == 'latest' then
          window.times[#window.times + 1] = player
          window.times[#window.times + 1] = ARGV[i + 1]
        end
        if withMetadata and metadata then window.metadata[player] = metadata end
        if dense then
          window.scores[math.floor(tonumber(new) / window.unit)] = true
          if old then window.scores[math.floor(old / window.unit)] = true end
        end
      end
    end
  end
  windows[#windows + 1] = window
  at, key = window.last + 1, key + 5
end

-- From here on everything is written.
redis.call('HSET', KEYS[1], ARGV[1], '1')
if redis.call('HINCRBY', KEYS[1], 'applied', 1) == tonumber(ARGV[2]) then
  redis.call('EXPIRE', KEYS[1], ARGV[3])
  redis.call('ZREM', KEYS[5], ARGV[4])
end

if recognised == 'id' and items > 0 then
  redis.call('SADD', KEYS[firstMemory + 1], unpack(ARGV, firstItem, firstItem + items - 1))
  redis.call('EXPIRE', KEYS[firstMemory + 1], ARGV[13])
elseif recognised == 'sequence' then
  local touched = {}
  for place = 1, items do
    local bitmap = KEYS[firstMemory + tonumber(ARGV[firstItem + 2 * place - 2]) - 1]
    redis.call('SETBIT', bitmap, ARGV[firstItem + 2 * place - 1], 1)
    touched[bitmap] = true
  end
  for bitmap in pairs(touched) do redis.call('EXPIRE', bitmap, ARGV[13]) end
end

local function countLate(id, kind, events)
  local kept = redis.call('ZSCORE', KEYS[2], id) or redis.call('ZSCORE', KEYS[3], id)
  redis.call('HINCRBY', KEYS[4], kept and id or kind, events)
  redis.call('HINCRBY', KEYS[1], 'late', events)
end
for i = 15, 14 + 3 * lates, 3 do countLate(ARGV[i], ARGV[i + 1], ARGV[i + 2]) end

local function drop(window, players)
  redis.call('ZREM', KEYS[window.key], unpack(players))
  if withMetadata then redis.call('HDEL', KEYS[window.key + 3], unpack(players)) end
end

for _, window in ipairs(windows) do
  if window.closed then
    countLate(window.id, window.kind, window.events)
  else
    local entries = KEYS[window.key]
    redis.call('ZADD', KEYS[2], window.ends, window.id)
    if plain then
      -- unpack is bounded by Lua's stack: a thousand values at a time.
      for from = window.from, window.last, 1000 do
        redis.call('ZADD', entries, 'LT', unpack(ARGV, from, math.min(from + 999, window.last)))
      end
    elseif #window.update > 0 then
      redis.call('ZADD', entries, unpack(window.update))
      if #window.times > 0 then redis.call('HSET', KEYS[window.key + 2], unpack(window.times)) end
      for player, metadata in pairs(window.metadata) do
        if metadata == '' then redis.call('HDEL', KEYS[window.key + 3], player)
        else redis.call('HSET', KEYS[window.key + 3], player, metadata) end
      end
    end
    if most > 0 and redis.call('ZCARD', entries) > most then
      local excess = redis.call('ZRANGE', entries, most, most + 499, 'WITHSCORES')
      while #excess > 0 do
        local players = {}
        for i = 1, #excess, 2 do
          players[#players + 1] = excess[i]
          if dense then window.scores[math.floor(tonumber(excess[i + 1]) / window.unit)] = true end
        end
        drop(window, players)
        excess = redis.call('ZRANGE', entries, most, most + 499, 'WITHSCORES')
      end
    end
    for score in pairs(window.scores) do
      local member = string.format('%.0f', score + 0)
      local bound = string.format('(%.17g', (score + 1) * window.unit)
      if redis.call('ZCOUNT', entries, score * window.unit, bound) == 0 then
        redis.call('ZREM', KEYS[window.key + 4], member)
      else
        redis.call('ZADD', KEYS[window.key + 4], score, member)
      end
    end
    redis.call('HINCRBY', KEYS[window.key + 1], 'events', window.events)
    redis.call('HINCRBY', KEYS[window.key + 1], 'revision', 1)
  end
end
return 'applied'
