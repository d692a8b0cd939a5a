--[[
  Included in every read of a window. versionOf(key) names what the window holds, by its state (hash): `17` is its revision, `17.3`
  the same once it is closed as snapshot 3. Equal versions of a window read equally.
]]
local function versionOf(key)
  local state = redis.call('HMGET', key, 'revision', 'closed')
  return (state[1] or '0') .. (state[2] and '.' .. state[2] or '')
end
