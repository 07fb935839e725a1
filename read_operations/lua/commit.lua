-- Stores a page once, moves the counters, hands out the next page, elects one finisher.
-- KEYS  operation, jobs, pages, attempts, dead letters of the operation, operations with dead letters
-- ARGV  page, packed page, 1 when the page failed, reason (JSON) when it was given up or "", operation, most operations,
--       most bytes of an operation's packed pages, lease token without which the page is not stored or ""
-- gives {verdict, next page or 0, 1 for the finisher}; verdict is one of
--   stored     this call stored it
--   duplicate  an earlier call had stored it: first write wins. It may be that call's caller, who never got the answer,
--              so the finisher is elected again (finishing twice does nothing); the sweeper finds the next page
--   large      it was read, and there is no room for it: the caller is to store it as failed
--   lost       another has the lease
--   over       the operation is finished or gone
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'notStarted' and status ~= 'running' then return {'over', 0, 0} end
if ARGV[8] ~= '' and redis.call('HEXISTS', KEYS[3], ARGV[1]) == 0 and redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[8] then
  return {'lost', 0, 0}
end
local bytes = tonumber(redis.call('HGET', KEYS[1], 'bytes') or 0) + #ARGV[2]
if ARGV[3] ~= '1' and bytes > tonumber(ARGV[7]) and redis.call('HEXISTS', KEYS[3], ARGV[1]) == 0 then
  return {'large', 0, 0}
end
local stored = redis.call('HSETNX', KEYS[3], ARGV[1], ARGV[2])
if stored == 0 then
  redis.call('HDEL', KEYS[2], ARGV[1])
  local count = redis.call('HMGET', KEYS[1], 'done', 'total')
  return {'duplicate', 0, count[1] == count[2] and 1 or 0}
end
local time = redis.call('TIME')
local now_us = time[1] .. string.format('%06d', time[2])
local done = redis.call('HINCRBY', KEYS[1], 'done', 1)
if done == 1 then redis.call('PEXPIRE', KEYS[3], redis.call('PTTL', KEYS[1])) end
if ARGV[3] == '1' then redis.call('HINCRBY', KEYS[1], 'failed', 1) end
redis.call('HSET', KEYS[1], 'updated', now_us, 'bytes', bytes)
if ARGV[4] ~= '' then
  local now_ms = string.sub(now_us, 1, -4)
  local attempts = redis.call('HGET', KEYS[4], ARGV[1]) or '0'
  redis.call('HSET', KEYS[5], ARGV[1], now_ms .. ':' .. attempts .. ':' .. ARGV[4])
  redis.call('PEXPIRE', KEYS[5], redis.call('PTTL', KEYS[1]))
  redis.call('ZADD', KEYS[6], now_ms, ARGV[5])
  redis.call('ZREMRANGEBYRANK', KEYS[6], 0, -1 - ARGV[6])
end
local total = tonumber(redis.call('HGET', KEYS[1], 'total'))
local handed_out = tonumber(redis.call('HGET', KEYS[1], 'handed_out'))
local next_page = 0
if handed_out < total then
  next_page = cjson.decode(redis.call('HGET', KEYS[1], 'plan'))[handed_out + 1]
  redis.call('HSET', KEYS[2], next_page, 'q:' .. string.sub(now_us, 1, -4))
  redis.call('HINCRBY', KEYS[1], 'handed_out', 1)
end
-- Last: a hash that is empty for a moment would lose its time to live.
redis.call('HDEL', KEYS[2], ARGV[1])
return {'stored', next_page, done == total and 1 or 0}
