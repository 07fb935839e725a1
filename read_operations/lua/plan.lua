-- Writes the page plan of an opened document and hands out the first window of pages.
-- KEYS  operation, jobs, quota of the account or nothing
-- ARGV  plan (JSON list of page numbers, not empty), window, the quota's window (ms)
-- gives the page numbers to enqueue: none when the operation is over; when it is planned already, those that nobody works on
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'notStarted' and status ~= 'running' then return {} end
if redis.call('HEXISTS', KEYS[1], 'plan') == 1 then
  local open = redis.call('HGETALL', KEYS[2])
  local again = {}
  for i = 1, #open, 2 do
    if string.sub(open[i + 1], 1, 2) == 'q:' then table.insert(again, tonumber(open[i])) end
  end
  return again
end
local time = redis.call('TIME')
local now_us = time[1] .. string.format('%06d', time[2])
local now_ms = string.sub(now_us, 1, -4)
local plan = cjson.decode(ARGV[1])
local window = math.min(tonumber(ARGV[2]), #plan)
redis.call('HSET', KEYS[1],
  'plan', ARGV[1], 'total', #plan, 'handed_out', window, 'status', 'running', 'updated', now_us)
local pages = {}
for i = 1, window do
  redis.call('HSET', KEYS[2], plan[i], 'q:' .. now_ms)
  pages[i] = plan[i]
end
if KEYS[3] and #plan > 1 then
  -- The first was counted with the request.
  redis.call('HINCRBY', KEYS[3], 'pages', #plan - 1)
  if redis.call('PTTL', KEYS[3]) < 0 then redis.call('PEXPIRE', KEYS[3], ARGV[3]) end
end
-- Last: a hash that is empty for a moment would lose its time to live.
redis.call('HDEL', KEYS[2], 0)
return pages
