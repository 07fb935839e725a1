-- Takes what has no record, or a final status, off the list of open operations.
-- KEYS  operation, open operations
-- ARGV  operation
local status = redis.call('HGET', KEYS[1], 'status')
if status ~= 'notStarted' and status ~= 'running' then redis.call('ZREM', KEYS[2], ARGV[1]) end
