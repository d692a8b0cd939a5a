--[[
  Included where entries are returned, after version-of.lua. pageOf(version, first, last) reads the entries at these places (from 0).

  KEYS[1] state (hash), KEYS[2] entries (sorted set), KEYS[3] scores (sorted set; empty where no dense ranks are kept),
  KEYS[4] metadata (hash)
  ARGV[1] version that the caller knows, ARGV[2] 2^bits of the window's sort keys, ARGV[3] 1 when entries carry metadata

  Returns { version, number of entries in the window, place of the first returned, entries with a better score than it, different
  better scores, '[player, sort key, ...]', '[metadata, ...]' }, the last two as JSON, which costs the reader of the answer a tenth of
  what lists of texts do. Entries of one score have their sort keys in [score * 2^bits, (score + 1) * 2^bits).
]]
local function pageOf(version, first, last)
  local page = redis.call('ZRANGE', KEYS[2], first, last, 'WITHSCORES')
  local better, different, metadata = 0, 0, '[]'
  if #page > 0 then
    local unit = tonumber(ARGV[2])
    local signed = math.floor(tonumber(page[2]) / unit)
    better = redis.call('ZCOUNT', KEYS[2], '-inf', string.format('(%.17g', signed * unit))
    different = redis.call('ZCOUNT', KEYS[3], '-inf', string.format('(%.17g', signed))
    if ARGV[3] == '1' then
      local players = {}
      for i = 1, #page, 2 do players[#players + 1] = page[i] end
      metadata = cjson.encode(redis.call('HMGET', KEYS[4], unpack(players)))
    end
  end
  local entries = #page > 0 and cjson.encode(page) or '[]'
  return { version, redis.call('ZCARD', KEYS[2]), first, better, different, entries, metadata }
end
