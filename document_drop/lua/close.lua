-- Ends a claim that the caller holds, and counts what became of the document, once.
-- KEYS  open claims, counts, failures, departed, their prefixes, letters, what became of this version
-- ARGV  document, token, name of its count or "", bytes, bytes written, failure (JSON) or "",
--       standing of a document that is no longer there or "", prefix (JSON), letter (JSON) or "",
--       standing that the document itself does not tell or "", most failures and letters kept, most prefixes kept,
--       time to live of the departed and of what is told here (ms)
-- gives 1, or 0 when the caller does not hold it
local held = redis.call('HGET', KEYS[1], ARGV[1])
if not held or string.match(held, '^%d+|([^|]*)|') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
if ARGV[3] ~= '' then
  redis.call('HINCRBY', KEYS[2], ARGV[3], 1)
  redis.call('HINCRBY', KEYS[2], 'bytes', ARGV[4])
  redis.call('HINCRBY', KEYS[2], 'written', ARGV[5])
end
if ARGV[6] ~= '' then
  redis.call('LPUSH', KEYS[3], ARGV[6])
  redis.call('LTRIM', KEYS[3], 0, ARGV[11] - 1)
end
if ARGV[7] ~= '' then
  local time = redis.call('TIME')
  redis.call('HINCRBY', KEYS[4], ARGV[7] .. '|' .. ARGV[8], 1)
  redis.call('ZADD', KEYS[5], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[8])
  while redis.call('ZCARD', KEYS[5]) > tonumber(ARGV[12]) do
    local oldest = redis.call('ZPOPMIN', KEYS[5])[1]
    redis.call('HDEL', KEYS[4], 'succeeded|' .. oldest, 'failed|' .. oldest, 'skipped|' .. oldest)
  end
  redis.call('PEXPIRE', KEYS[4], ARGV[13])
  redis.call('PEXPIRE', KEYS[5], ARGV[13])
end
if ARGV[9] ~= '' then
  redis.call('LPUSH', KEYS[6], ARGV[9])
  redis.call('LTRIM', KEYS[6], 0, ARGV[11] - 1)
end
if ARGV[10] ~= '' then redis.call('SET', KEYS[7], ARGV[10], 'PX', ARGV[13]) end
return 1
