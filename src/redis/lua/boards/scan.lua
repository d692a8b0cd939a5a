#!lua flags=no-writes
--[[
  One page of a scan over a window, metadata included, with the revision at which it was read: pages of one revision fit together.

  KEYS[1]  entries (sorted set), KEYS[2] state (hash), KEYS[3] metadata (hash)
  ARGV[1]  entries to skip, ARGV[2] entries to return at most, ARGV[3] 1 when entries carry metadata

  Returns { revision, number of its snapshot, number of entries, { player, sort key, ... }, { metadata, ... } }, the first two as
  text or false.
]]
local page = redis.call('ZRANGE', KEYS[1], ARGV[1], ARGV[1] + ARGV[2] - 1, 'WITHSCORES')
local metadata = {}
if ARGV[3] == '1' and #page > 0 then
  local players = {}
  for i = 1, #page, 2 do players[#players + 1] = page[i] end
  metadata = redis.call('HMGET', KEYS[3], unpack(players))
end
local state = redis.call('HMGET', KEYS[2], 'revision', 'closed')
return { state[1], state[2], redis.call('ZCARD', KEYS[1]), page, metadata }
