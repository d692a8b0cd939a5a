#!lua
--[[
  Applies one part of a batch to the windows of a board, once: wholly or not at all.

  KEYS[1]  batch gate (hash: a field for each applied part, and `applied`, their number; `refused`, that of the refused ones)
  KEYS[2]  open windows (sorted set), KEYS[3] closed windows (sorted set), KEYS[4] late events (hash)
  KEYS[5]  pending batches (sorted set)
  then     where events are recognised by id: three sets of ids; by sequence: bitmaps
  then     for each window: entries (sorted set), state (hash), times (hash), metadata (hash), scores (sorted set)
  then     where something is watched: jumps (stream), and for each day the events of sources (hash)

  ARGV[1]  MessagePack of a map:
    part, parts  number of the part, parts of the batch
    keep         seconds the gate is kept once all parts are applied
    pending      the batch's name among the pending ones
    operator     best, latest or sum
    low, high    lowest and highest total of a sum (signed and scaled as in the sort key)
    most         entries a window keeps at most, 0: all
    dense        whether dense ranks are kept
    remember     by: no, id or sequence; seconds; keys: number of sets or bitmaps; and of each event
                   items: id, or number (from 1) of its bitmap; bits: bit in there
    late         list of id, kind, events: what came too late for a window
    windows      list of
                   id, kind, ends (Unix milliseconds, or +inf), events in it, unit (2^bits of its sort keys)
                   players    who changes; absent: those of the window before
                   totals     changes of their totals (sum; signed and scaled), steps: tie-break steps of their last events
                   times      Unix milliseconds of their last events (latest)
                   metadata   of the events that made the changes (where the board keeps it; empty: none)
    watch        absent, or what is noted for those who look for outliers
                   jump       largest plausible change by one event, 0: not asked; jumps: how many are kept, about
                   paths      for each window, of each of its players the score and time of every event, in order of time; or 0
                   days       for each day fields (slot:source) and counts (events); fields, seconds: how many a day keeps, and how long
  ARGV[2]  MessagePack of lists, one for each window: sort keys of its players, as text (best, latest)

  Returns 'applied', 'duplicate', 'expired' when the gate no longer exists, { 'seen', place, ... } with the places (from 1) of
  events that were applied before, or { 'range', player, window } when a total would leave the range. Nothing is written unless
  'applied' is returned. A closed window takes nothing: what comes for it is counted as late.

  Sort keys are integers below 2^53. They go to Redis as the text they came in, or as numbers, which redis.call writes with all
  their digits; Lua's own tostring would round them.
]]
local request = cmsgpack.unpack(ARGV[1])
if redis.call('HEXISTS', KEYS[1], request.part) == 1 then return 'duplicate' end
if redis.call('EXISTS', KEYS[1]) == 0 then return 'expired' end

-- Events that were applied before: the caller leaves them out and comes again.
local remember = request.remember
local seen = {}
if remember.by == 'id' and #remember.items > 0 then
  for memory = 6, 8 do
    for place, member in ipairs(redis.call('SMISMEMBER', KEYS[memory], unpack(remember.items))) do
      if member == 1 then seen[#seen + 1] = place end
    end
  end
elseif remember.by == 'sequence' then
  for place, bitmap in ipairs(remember.items) do
    if redis.call('GETBIT', KEYS[5 + bitmap], remember.bits[place]) == 1 then seen[#seen + 1] = place end
  end
end
if #seen > 0 then return { 'seen', unpack(seen) } end

-- What each window becomes, before anything is written.
local ENTRIES, STATE, TIMES, METADATA, SCORES = 0, 1, 2, 3, 4

-- include boards/sorts-before.lua
-- include boards/keep-score.lua

-- Of equal entries that one stays whose metadata sorts first, so that the order of delivery decides nothing.
local function precedes(window, n)
  if not window.metadata then return false end
  return sortsBefore(window.metadata[n], redis.call('HGET', KEYS[window.at + METADATA], window.players[n]) or '')
end

-- The new sort key of the n-th player and whether the metadata changes with it; nil when nothing does, false out of range.
local decide = {}
function decide.best(window, n, old)
  local key = tonumber(window.keys[n])
  if old and (key > old or (key == old and not precedes(window, n))) then return nil end
  return window.keys[n], true
end
function decide.latest(window, n, old)
  local key, time, before = tonumber(window.keys[n]), window.times[n], tonumber(window.before[n] or nil)
  if before and (time < before or (time == before and (key > old or (key == old and not precedes(window, n))))) then return nil end
  return window.keys[n], true
end
function decide.sum(window, n, old)
  local total, steps, last = window.totals[n], window.steps[n], -1
  if old then
    local before = math.floor(old / window.unit)
    last = old - before * window.unit
    total = total + before
  end
  if total < request.low or total > request.high then return false end
  return total * window.unit + math.max(steps, last), steps > last or (steps == last and precedes(window, n))
end

local watch = request.watch
local looksForJumps = watch and watch.jump > 0
local jumps = {}
-- Notes each event of the n-th player that changes the standing it meets by more than is plausible.
local function noteJumps(window, n, old, path)
  local standing = old and math.floor(old / window.unit)
  local since = window.before and tonumber(window.before[n] or nil) or 0
  for i = 1, #path, 2 do
    local score, time, from, to = path[i], path[i + 1], nil, nil
    if request.operator == 'sum' then
      local total = (standing or 0) + score
      if math.abs(score) > watch.jump then from, to = standing or 0, total end
      standing = total
    elseif time >= since and (request.operator == 'latest' or not standing or score < standing) then
      if standing and standing - score > watch.jump then from, to = standing, score end
      standing = score
    end
    if from and #jumps < watch.jumps then jumps[#jumps + 1] = { window.players[n], window.id, from, to, time } end
  end
end

-- Where nothing needs to be known of an entry but whether the new key is less, ZADD LT decides.
local first = request.windows[1]
local plain = request.operator == 'best' and not request.dense and not looksForJumps and not (first and first.metadata)
local keys = { cmsgpack.unpack(ARGV[2]) }
local players
for number, window in ipairs(request.windows) do
  window.at = 1 + 5 + remember.keys + 5 * (number - 1)
  window.players = window.players or players
  window.keys = keys[number]
  players = window.players
  window.closed = redis.call('HEXISTS', KEYS[window.at + STATE], 'closed') == 1
  window.update, window.moments, window.fresh, window.touched = {}, {}, {}, {}
  if not plain and not window.closed then
    local olds = redis.call('ZMSCORE', KEYS[window.at + ENTRIES], unpack(players))
    window.before = window.times and redis.call('HMGET', KEYS[window.at + TIMES], unpack(players))
    for n, player in ipairs(players) do
      local old = tonumber(olds[n] or nil)
      local key, fresh = decide[request.operator](window, n, old)
      if key == false then return { 'range', player, window.id } end
      if key then
        local path = looksForJumps and watch.paths[number][n]
        if path and path ~= 0 then noteJumps(window, n, old, path) end
        window.update[#window.update + 1] = key
        window.update[#window.update + 1] = player
        if window.times then
          window.moments[#window.moments + 1] = player
          window.moments[#window.moments + 1] = window.times[n]
        end
        if window.metadata and fresh then window.fresh[player] = window.metadata[n] end
        if request.dense then
          window.touched[math.floor(tonumber(key) / window.unit)] = true
          if old then window.touched[math.floor(old / window.unit)] = true end
        end
      end
    end
  end
end

-- From here on everything is written. Counters are set, not increased: a server that replays a torn transaction out of its
-- append-only file (docs/deploying.md) then counts a part no more often than its gate says.
local function add(key, field, number) redis.call('HSET', key, field, (redis.call('HGET', key, field) or 0) + number) end

local counts = redis.call('HMGET', KEYS[1], 'applied', 'refused', 'refused:' .. request.part)
local applied, refused = (counts[1] or 0) + 1, tonumber(counts[2] or 0)
redis.call('HSET', KEYS[1], request.part, '1', 'applied', applied)
-- One that was refused before is refused no longer.
if counts[3] then
  refused = refused - 1
  redis.call('HDEL', KEYS[1], 'refused:' .. request.part)
  redis.call('HSET', KEYS[1], 'refused', refused)
end
if applied == request.parts then redis.call('EXPIRE', KEYS[1], request.keep) end
-- Nothing more will happen to a batch by itself when all other parts are refused (see refuse.lua).
if applied + refused >= request.parts then redis.call('ZREM', KEYS[5], request.pending) end

if remember.by == 'id' and #remember.items > 0 then
  redis.call('SADD', KEYS[7], unpack(remember.items))
  redis.call('EXPIRE', KEYS[7], remember.seconds)
elseif remember.by == 'sequence' then
  for place, bitmap in ipairs(remember.items) do redis.call('SETBIT', KEYS[5 + bitmap], remember.bits[place], 1) end
  for bitmap = 1, remember.keys do redis.call('EXPIRE', KEYS[5 + bitmap], remember.seconds) end
end

local function countLate(window)
  local kept = redis.call('ZSCORE', KEYS[2], window.id) or redis.call('ZSCORE', KEYS[3], window.id)
  add(KEYS[4], kept and window.id or window.kind, window.events)
  add(KEYS[1], 'late', window.events)
end
for _, window in ipairs(request.late) do countLate(window) end

-- Drops what is beyond the most that a window keeps: the part may have added as much as it has players.
local function trim(window)
  local entries = KEYS[window.at + ENTRIES]
  local excess = redis.call('ZRANGE', entries, request.most, -1, 'WITHSCORES')
  local dropped = {}
  for i = 1, #excess, 2 do
    dropped[#dropped + 1] = excess[i]
    if request.dense then window.touched[math.floor(tonumber(excess[i + 1]) / window.unit)] = true end
  end
  if #dropped == 0 then return end
  redis.call('ZREM', entries, unpack(dropped))
  if window.metadata then redis.call('HDEL', KEYS[window.at + METADATA], unpack(dropped)) end
end

-- Sort keys and players as ZADD takes them; players stay in their places while windows have the same ones.
local updated, update = nil, nil
local function keysAndPlayers(window)
  if window.players ~= updated then
    updated, update = window.players, {}
    for n, player in ipairs(window.players) do update[2 * n - 1] = '' update[2 * n] = player end
  end
  local keys = window.keys
  for n = 1, #keys do update[2 * n - 1] = keys[n] end
  return unpack(update)
end

-- Text of an integer below 2^53; adding 0 turns -0 into 0.
local function integer(number) return string.format('%.0f', number + 0) end

for _, window in ipairs(request.windows) do
  if window.closed then
    countLate(window)
  else
    redis.call('ZADD', KEYS[2], window.ends, window.id)
    if plain then redis.call('ZADD', KEYS[window.at + ENTRIES], 'LT', keysAndPlayers(window))
    elseif #window.update > 0 then redis.call('ZADD', KEYS[window.at + ENTRIES], unpack(window.update)) end
    if #window.moments > 0 then redis.call('HSET', KEYS[window.at + TIMES], unpack(window.moments)) end
    for player, metadata in pairs(window.fresh) do
      if metadata == '' then redis.call('HDEL', KEYS[window.at + METADATA], player)
      else redis.call('HSET', KEYS[window.at + METADATA], player, metadata) end
    end
    if request.most > 0 then trim(window) end
    for score in pairs(window.touched) do
      keepScore(KEYS[window.at + ENTRIES], KEYS[window.at + SCORES], score * window.unit, window.unit)
    end
    local state = redis.call('HMGET', KEYS[window.at + STATE], 'events', 'revision')
    redis.call('HSET', KEYS[window.at + STATE], 'events', (state[1] or 0) + window.events, 'revision', (state[2] or 0) + 1)
  end
end

if watch then
  local stream = 1 + 5 + remember.keys + 5 * #request.windows
  for _, jump in ipairs(jumps) do
    redis.call('XADD', KEYS[stream], 'MAXLEN', '~', watch.jumps, '*', 'player', jump[1], 'window', jump[2],
      'from', integer(jump[3]), 'to', integer(jump[4]), 'time', jump[5])
  end
  for day, events in ipairs(watch.days) do
    local key = KEYS[stream + day]
    local room, lost = watch.fields - redis.call('HLEN', key), 0
    for n, field in ipairs(events.fields) do
      if room > 0 or redis.call('HEXISTS', key, field) == 1 then
        if redis.call('HINCRBY', key, field, events.counts[n]) == events.counts[n] then room = room - 1 end
      else
        lost = lost + events.counts[n]
      end
    end
    if lost > 0 then redis.call('HINCRBY', key, '', lost) end
    redis.call('EXPIRE', key, watch.seconds)
  end
end
return 'applied'
