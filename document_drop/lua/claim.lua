-- Claims a document that has no result yet.
-- KEYS  open claims, what became of this version
-- ARGV  document, version, token, lease (ms), most open claims, record (JSON)
-- gives one of
--   taken     the caller holds it
--   busy      another holds it, or an older version of the document is on its way
--   recorded  its operation is on its way
--   full      there are as many as may be
--   or what became of it
local over = redis.call('GET', KEYS[2])
if over then return over end
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held then
  local stage, version = string.match(held, '^%d+|[^|]*|(%a+)|%d+|([^|]*)|')
  return (stage == 'recorded' and version == ARGV[2]) and 'recorded' or 'busy'
end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[5]) then return 'full' end
local time = redis.call('TIME')
local ends = string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[4])
redis.call('HSET', KEYS[1], ARGV[1], table.concat({ends, ARGV[3], 'claimed', '1', ARGV[2], ARGV[6]}, '|'))
return 'taken'
