-- Changes a claim that the caller holds: lengthens its lease, or lets go of it.
-- KEYS  open claims
-- ARGV  document, token, lease from now (ms), stage or "", attempts or "", record (JSON) or ""
-- gives 1, or 0 when the caller does not hold it
local held = redis.call('HGET', KEYS[1], ARGV[1])
if not held then return 0 end
local token, stage, attempts, version, record = string.match(held, '^%d+|([^|]*)|(%a+)|(%d+)|([^|]*)|(.*)$')
if token ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
local ends = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[3])
if ARGV[4] ~= '' then stage = ARGV[4] end
if ARGV[5] ~= '' then attempts = ARGV[5] end
if ARGV[6] ~= '' then record = ARGV[6] end
redis.call('HSET', KEYS[1], ARGV[1], table.concat({ends, token, stage, attempts, version, record}, '|'))
return 1
