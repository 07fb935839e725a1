-- Sets the final status once, counts the pages that were read, and starts the clock of the result's expiry.
-- KEYS  operation, jobs, attempts, pages, usage
-- ARGV  status, failure (JSON, or ""), time to live (ms), month
-- gives 1 for the call that finished it, else 0
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'notStarted' and status ~= 'running' then return 0 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'status', ARGV[1], 'updated', time[1] .. string.format('%06d', time[2]))
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'failure', ARGV[2]) end
local count = redis.call('HMGET', KEYS[1], 'done', 'failed')
local pages = tonumber(count[1] or 0) - tonumber(count[2] or 0)
if pages > 0 then redis.call('HINCRBY', KEYS[5], ARGV[4], pages) end
redis.call('DEL', KEYS[2], KEYS[3])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('PEXPIRE', KEYS[4], ARGV[3])
return 1
