--[[
  Included where people change entries. audit(stream, names, player, digest, field, value, ...) adds an entry to the audit stream. It
  holds a digest of the player; what the digest stands for is in the hash `names`, so that a player can be deleted from it: `player`
  is then empty. The stream keeps the last 10000 entries, and `names` those they speak of (`count:<digest>`, `name:<digest>`). It
returns the id of the entry. keepMetadata(names, digest, id, which, metadata) keeps, beside the names and for as long, what an entry of
the window carried `before` or `after` a change (`before:<digest>:<id>`), since that may tell of the player, too.
]]
local function audit(stream, names, player, digest, ...)
  if redis.call('XLEN', stream) >= 10000 then
    local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
    local before = oldest[2][2]
    redis.call('XDEL', stream, oldest[1])
    if redis.call('HINCRBY', names, 'count:' .. before, -1) <= 0 then
      redis.call('HDEL', names, 'count:' .. before, 'name:' .. before)
    end
    local of = ':' .. before .. ':' .. oldest[1]
    redis.call('HDEL', names, 'before' .. of, 'after' .. of)
  end
  local id = redis.call('XADD', stream, '*', 'player', digest, ...)
  redis.call('HINCRBY', names, 'count:' .. digest, 1)
  if player == '' then redis.call('HDEL', names, 'name:' .. digest)
  else redis.call('HSET', names, 'name:' .. digest, player) end
  return id
end

local function keepMetadata(names, digest, id, which, metadata)
  if metadata and metadata ~= '' then redis.call('HSET', names, which .. ':' .. digest .. ':' .. id, metadata) end
end
