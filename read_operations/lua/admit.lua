-- Counts a request of an account, unless its quota is used up.
-- KEYS  quota
-- ARGV  most requests or "", most pages or "", window (ms), request
-- gives {what is used up: requests, pages or "", milliseconds until the window ends}
local used = redis.call('HMGET', KEYS[1], 'requests', 'pages', 'last')
-- The caller never got the first answer.
if used[3] == ARGV[4] then return {'', 0} end
local left = redis.call('PTTL', KEYS[1])
if ARGV[1] ~= '' and tonumber(used[1] or 0) >= tonumber(ARGV[1]) then return {'requests', left} end
if ARGV[2] ~= '' and tonumber(used[2] or 0) >= tonumber(ARGV[2]) then return {'pages', left} end
redis.call('HSET', KEYS[1], 'last', ARGV[4])
redis.call('HINCRBY', KEYS[1], 'requests', 1)
-- Every document has a page; the others are counted when it is opened.
redis.call('HINCRBY', KEYS[1], 'pages', 1)
-- The window begins with the first request in it.
if left < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[3]) end
return {'', 0}
