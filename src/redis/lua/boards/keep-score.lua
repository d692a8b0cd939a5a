--[[
  Included where entries change by hand. keepScore(entries, scores, key, unit) holds the different scores of a window (sorted set
  `scores`) against its entries for the score of one sort key, 2^bits being `unit`.
]]
local function keepScore(entries, scores, key, unit)
  local score = math.floor(tonumber(key) / unit) + 0
  local member = string.format('%.0f', score)
  local bound = string.format('(%.17g', (score + 1) * unit)
  if redis.call('ZCOUNT', entries, score * unit, bound) == 0 then redis.call('ZREM', scores, member)
  else redis.call('ZADD', scores, score, member) end
end
