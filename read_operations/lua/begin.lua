-- Claims a job before a byte of its page is touched, and counts the attempt.
-- KEYS  operation, jobs, attempts, pages
-- ARGV  page (0 = the split), job id, delivery, lease (ms), most attempts, deadline (us after creation or retry)
-- gives {verdict, lease token or the job's entry, attempt}; verdict is one of
--   go         the caller works on it and holds the lease
--   done       it is stored already
--   busy       another job works on it
--   over       the operation is finished or gone
--   late       the operation's deadline has passed
--   exhausted  every attempt is used up
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'notStarted' and status ~= 'running' then return {'over', '', 0} end
local page = ARGV[1]
if page == '0' then
  if redis.call('HEXISTS', KEYS[1], 'plan') == 1 then return {'done', '', 0} end
elseif redis.call('HEXISTS', KEYS[4], page) == 1 then
  redis.call('HDEL', KEYS[2], page)
  return {'done', '', 0}
end
local time = redis.call('TIME')
local now_us = time[1] .. string.format('%06d', time[2])
local now_ms = string.sub(now_us, 1, -4)
local opened = redis.call('HMGET', KEYS[1], 'reopened', 'created')
if tonumber(now_us) - tonumber(opened[1] or opened[2]) > tonumber(ARGV[6]) then
  return {'late', '', 0}
end
local held = redis.call('HGET', KEYS[2], page)
if held then
  local since, holder, delivery = string.match(held, '^s:(%d+):([^:]+):(.+)$')
  if delivery == ARGV[3] then
    -- The caller never got the first answer.
    return {'go', held, tonumber(redis.call('HGET', KEYS[3], page))}
  end
  -- The same job again is a redelivery: whoever held it is dead.
  if holder and holder ~= ARGV[2] and tonumber(now_ms) - tonumber(since) < tonumber(ARGV[4]) then
    return {'busy', '', 0}
  end
end
local used = tonumber(redis.call('HGET', KEYS[3], page) or 0)
if used >= tonumber(ARGV[5]) then return {'exhausted', held or '', used} end
local attempt = redis.call('HINCRBY', KEYS[3], page, 1)
if attempt == 1 then redis.call('PEXPIRE', KEYS[3], redis.call('PTTL', KEYS[1])) end
local token = 's:' .. now_ms .. ':' .. ARGV[2] .. ':' .. ARGV[3]
redis.call('HSET', KEYS[2], page, token)
if not held then redis.call('PEXPIRE', KEYS[2], redis.call('PTTL', KEYS[1])) end
if status == 'notStarted' then redis.call('HSET', KEYS[1], 'status', 'running', 'updated', now_us) end
return {'go', token, attempt}
