-- Opens a finished operation again for what was given up: those pages lose their result, and a window of them is queued.
-- KEYS  operation, jobs, pages, dead letters of the operation,
--       operations with dead letters, open operations, operations by expiry
-- ARGV  operation, window, time to live (ms)
-- gives the page numbers to enqueue (0 = the split): none when it is not finished, or nothing was given up
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'succeeded' and status ~= 'failed' then return {} end
local dead = redis.call('HKEYS', KEYS[4])
if #dead == 0 then return {} end
local time = redis.call('TIME')
local now_us = time[1] .. string.format('%06d', time[2])
local now_ms = string.sub(now_us, 1, -4)
local queued = 'q:' .. now_ms
local removed = 0
for _, page in ipairs(dead) do removed = removed + redis.call('HDEL', KEYS[3], page) end
if removed > 0 then
  redis.call('HINCRBY', KEYS[1], 'done', -removed)
  redis.call('HINCRBY', KEYS[1], 'failed', -removed)
end
local plan = redis.call('HGET', KEYS[1], 'plan')
local pages = {}
if plan then
  -- What is stored goes to the front of the plan: pages are handed out in its order.
  local stored, open = {}, {}
  for _, page in ipairs(cjson.decode(plan)) do
    table.insert(redis.call('HEXISTS', KEYS[3], page) == 1 and stored or open, page)
  end
  local window = math.min(tonumber(ARGV[2]), #open)
  for i = 1, window do pages[i] = open[i] end
  local handed_out = #stored + window
  for _, page in ipairs(open) do table.insert(stored, page) end
  redis.call('HSET', KEYS[1], 'plan', cjson.encode(stored), 'handed_out', handed_out, 'status', 'running')
else
  pages = {0}
  redis.call('HSET', KEYS[1], 'status', 'notStarted')
end
redis.call('HSET', KEYS[1], 'updated', now_us, 'reopened', now_us)
redis.call('HDEL', KEYS[1], 'failure')
for _, page in ipairs(pages) do redis.call('HSET', KEYS[2], page, queued) end
redis.call('DEL', KEYS[4])
redis.call('ZREM', KEYS[5], ARGV[1])
redis.call('ZADD', KEYS[6], now_us, ARGV[1])
redis.call('ZADD', KEYS[7], now_ms + ARGV[3], ARGV[1])
for i = 1, 3 do redis.call('PEXPIRE', KEYS[i], ARGV[3]) end
return pages
