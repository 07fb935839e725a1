-- Sets the final status once, counts the operation and the pages that were read, starts the clock of the result's
-- expiry, and lists the document as one that is to go, unless it may be needed.
-- KEYS  operation, jobs, attempts, pages, dead letters of the operation,
--       operations with dead letters, open operations, operations by expiry, usage, finished,
--       operations whose document is to go
-- ARGV  status, failure (JSON, or ""), time to live (ms), month, 1 when it was given up, operation, most operations,
--       lease token of the split without which it is not finished or ""
-- gives 1 for the call that finished it, else 0: it is over, a page of its plan has no result, or another has the lease
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'notStarted' and status ~= 'running' then return 0 end
-- A finisher that was held up may come to one that was retried meanwhile.
local count = redis.call('HMGET', KEYS[1], 'done', 'total', 'failed', 'counted', 'request')
if (count[1] or '0') ~= (count[2] or '0') then return 0 end
if ARGV[8] ~= '' and redis.call('HGET', KEYS[2], 0) ~= ARGV[8] then return 0 end
local time = redis.call('TIME')
local now_ms = time[1] .. string.format('%03d', math.floor(time[2] / 1000))
redis.call('HSET', KEYS[1], 'status', ARGV[1], 'updated', time[1] .. string.format('%06d', time[2]))
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'failure', ARGV[2]) end
local pages = tonumber(count[1] or 0) - tonumber(count[3] or 0)
-- One that was retried has been counted before.
local new = pages - tonumber(count[4] or 0)
if new > 0 then
  redis.call('HINCRBY', KEYS[9], ARGV[4], new)
  redis.call('HSET', KEYS[1], 'counted', pages)
end
redis.call('HINCRBY', KEYS[10], ARGV[1], 1)
if ARGV[5] == '1' then
  local attempts = redis.call('HGET', KEYS[3], 0) or '0'
  redis.call('HSET', KEYS[5], 0, now_ms .. ':' .. attempts .. ':' .. ARGV[2])
  redis.call('ZADD', KEYS[6], now_ms, ARGV[6])
  redis.call('ZREMRANGEBYRANK', KEYS[6], 0, -1 - ARGV[7])
end
redis.call('ZREM', KEYS[7], ARGV[6])
redis.call('ZADD', KEYS[8], now_ms + ARGV[3], ARGV[6])
-- What was given up may be retried; a drop removes its documents itself.
if redis.call('EXISTS', KEYS[5]) == 0 and not cjson.decode(count[5]).patient then
  redis.call('ZADD', KEYS[11], now_ms, ARGV[6])
end
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[4], ARGV[3])
redis.call('PEXPIRE', KEYS[5], ARGV[3])
return 1
