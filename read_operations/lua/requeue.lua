-- Marks a job as queued again, if nothing has happened to it since it was looked at.
-- KEYS  operation, jobs, attempts
-- ARGV  page (0 = the split), the job's entry as it was seen, 1 when the attempt does not count
-- gives 1 when the caller is to enqueue the job, else 0
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
local time = redis.call('TIME')
-- First something that a full server allows: a script that has written may go on.
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[2], ARGV[1], 'q:' .. time[1] .. string.format('%03d', math.floor(time[2] / 1000)))
-- A hash that was empty for a moment has lost its time to live.
redis.call('PEXPIRE', KEYS[2], redis.call('PTTL', KEYS[1]))
if ARGV[3] == '1' then redis.call('HINCRBY', KEYS[3], ARGV[1], -1) end
return 1
