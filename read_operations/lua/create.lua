-- Records a new operation, and its first job as queued.
-- KEYS  operation, jobs, open operations, operations by expiry
-- ARGV  request (JSON), plan (JSON list of page numbers, or "" when the document has to be opened first), time to live (ms),
--       operation
-- gives 1, or 0 when there is another operation of this id
local present = redis.call('HMGET', KEYS[1], 'request', 'status')
if present[1] then
  -- The same again is a client that never got the first answer.
  return (present[1] == ARGV[1] and present[2] == 'notStarted') and 1 or 0
end
local time = redis.call('TIME')
local now_us = time[1] .. string.format('%06d', time[2])
local now_ms = string.sub(now_us, 1, -4)
redis.call('HSET', KEYS[1], 'request', ARGV[1], 'status', 'notStarted', 'created', now_us, 'updated', now_us)
local first = 0
if ARGV[2] ~= '' then
  local plan = cjson.decode(ARGV[2])
  first = plan[1]
  redis.call('HSET', KEYS[1], 'plan', ARGV[2], 'total', #plan, 'handed_out', 1)
end
redis.call('HSET', KEYS[2], first, 'q:' .. now_ms)
redis.call('ZADD', KEYS[3], now_us, ARGV[4])
redis.call('ZADD', KEYS[4], now_ms + ARGV[3], ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[2], ARGV[3])
return 1
