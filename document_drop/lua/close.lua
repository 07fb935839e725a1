-- Ends a claim that the caller holds, and counts what became of the document, once.
-- KEYS  open claims, counts, failures, documents that are no longer there, letters, the tombstone
-- ARGV  document, token, name of its count or "", bytes, failure (JSON) or "", field of the departed or "",
--       letter (JSON) or "", most failures kept, time to live of the departed (ms), of the tombstone (ms)
-- gives 1, or 0 when the caller does not hold it
local held = redis.call('HGET', KEYS[1], ARGV[1])
if not held or string.match(held, '^%d+|([^|]*)|') ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
if ARGV[3] ~= '' then
  redis.call('HINCRBY', KEYS[2], ARGV[3], 1)
  redis.call('HINCRBY', KEYS[2], 'bytes', ARGV[4])
end
if ARGV[5] ~= '' then
  redis.call('LPUSH', KEYS[3], ARGV[5])
  redis.call('LTRIM', KEYS[3], 0, ARGV[8] - 1)
end
if ARGV[6] ~= '' then
  redis.call('HINCRBY', KEYS[4], ARGV[6], 1)
  redis.call('PEXPIRE', KEYS[4], ARGV[9])
end
if ARGV[7] ~= '' then
  redis.call('LPUSH', KEYS[5], ARGV[7])
  redis.call('LTRIM', KEYS[5], 0, ARGV[8] - 1)
  redis.call('SET', KEYS[6], '1', 'PX', ARGV[10])
end
return 1
