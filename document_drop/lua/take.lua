-- Takes a claim that nobody holds, or whose holder's lease has run out, and counts the attempt.
-- KEYS  open claims
-- ARGV  document, token, lease (ms)
-- gives the claim as it now stands, or false
local held = redis.call('HGET', KEYS[1], ARGV[1])
if not held then return false end
local ends, stage, attempts, rest = string.match(held, '^(%d+)|[^|]*|(%a+)|(%d+)|(.*)$')
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if tonumber(ends) > now then return false end
local claim = table.concat({string.format('%.0f', now + ARGV[3]), ARGV[2], stage, attempts + 1, rest}, '|')
redis.call('HSET', KEYS[1], ARGV[1], claim)
return claim
