-- Takes messages whose time has come, those of the host first that was served longest ago, and hides them for a while.
-- KEYS  hosts, messages
-- ARGV  what keys of messages by host begin with, most, most in hand for each host, hidden for (ms),
--       then hosts and how many of theirs the taker has in hand
-- gives the messages
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local in_hand = {}
for i = 5, #ARGV, 2 do in_hand[ARGV[i]] = tonumber(ARGV[i + 1]) end
local taken = {}
for _, host in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if #taken == tonumber(ARGV[2]) then break end
  local due = ARGV[1] .. host
  local room = math.min(ARGV[2] - #taken, ARGV[3] - (in_hand[host] or 0))
  -- What is hidden has the end of that with a minus, so it is here when that is past.
  local ids = room > 0 and redis.call('ZRANGEBYSCORE', due, -now, now, 'LIMIT', 0, room) or {}
  for _, id in ipairs(ids) do
    local message = redis.call('HGET', KEYS[2], id)
    if message then
      redis.call('ZADD', due, -(now + ARGV[4]), id)
      table.insert(taken, message)
    else
      redis.call('ZREM', due, id)
    end
  end
  if #ids > 0 then
    redis.call('ZADD', KEYS[1], time[1] * 1000000 + time[2], host)
  elseif redis.call('EXISTS', due) == 0 then
    redis.call('ZREM', KEYS[1], host)
  end
end
return taken
