-- The second half of the library, behind journal.lua: holders, readers, segments, the placement map.
-- These functions find keys by themselves, some over all partitions, and so run on one server, not on a cluster.

-- What a holder has to know of a partition.
local function told(prefix, number)
  local epoch, head = parsed(redis.call('GET', key(prefix, number, 'fence')))
  local answer = {epoch, tonumber(redis.call('HGET', key(prefix, number, 'meta'), 'covered') or 0) + 1, head}
  for _, part in ipairs({'marks', 'sent', 'reminders', 'pages'}) do
    answer[#answer + 1] = redis.call('HGETALL', key(prefix, number, part))
  end
  return answer
end

-- Whoever loses its last partition loses its lease, so that leases of the dead do not pile up.
local function moved(prefix, number, before, after)
  redis.call('HSET', prefix .. ':partitions', number, after)
  if not before or before == after then return end
  for _, incarnation in ipairs(redis.call('HVALS', prefix .. ':partitions')) do
    if incarnation == before then return end
  end
  redis.call('HDEL', prefix .. ':leases', before)
end

-- A new partition is kept for every reader from its first entry on.
local function kept(prefix, number, offset)
  for _, reader in ipairs(redis.call('SMEMBERS', prefix .. ':readers')) do
    redis.call('HSET', key(prefix, number, 'readers'), reader, offset)
  end
end

-- ARGV: prefix, partition, epoch, first entry to come.
local function plant(_, args)
  local prefix, number, before = args[1], args[2], tonumber(args[4]) - 1
  if redis.call('EXISTS', key(prefix, number, 'fence')) == 1 then return 0 end
  redis.call('SET', key(prefix, number, 'fence'), args[3] .. ':' .. string.format('%.0f', before))
  redis.call('HSET', key(prefix, number, 'meta'), 'covered', before, 'base', before + 1)
  redis.call('HSET', prefix .. ':partitions', number, '')
  kept(prefix, number, before)
  return 1
end

-- ARGV: prefix, partition, the epoch expected, cell, incarnation, proof.
local function take(_, args)
  local prefix, number = args[1], args[2]
  local fence, meta = key(prefix, number, 'fence'), key(prefix, number, 'meta')
  local epoch, head = parsed(redis.call('GET', fence))
  local holder = redis.call('HMGET', meta, 'cell', 'incarnation', 'proof')
  if epoch ~= tonumber(args[3]) then
    local repeated = epoch == tonumber(args[3]) + 1
      and holder[1] == args[4] and holder[2] == args[5] and holder[3] == args[6]
    return repeated and told(prefix, number) or false
  end
  if epoch == 0 then kept(prefix, number, 0) end
  redis.call('SET', fence, string.format('%.0f:%.0f', epoch + 1, head))
  redis.call('HSET', meta, 'cell', args[4], 'incarnation', args[5], 'proof', args[6])
  moved(prefix, number, holder[2], args[5])
  return told(prefix, number)
end

-- ARGV: prefix, partition.
local function tables(_, args)
  return redis.call('EXISTS', key(args[1], args[2], 'fence')) == 1 and told(args[1], args[2]) or false
end

-- ARGV: prefix, partitions. Returns epoch, cell, incarnation, proof of each.
local function holders(_, args)
  local answer = {}
  for i = 2, #args do
    answer[#answer + 1] = (parsed(redis.call('GET', key(args[1], args[i], 'fence'))))
    local holder = redis.call('HMGET', key(args[1], args[i], 'meta'), 'cell', 'incarnation', 'proof')
    for j = 1, 3 do answer[#answer + 1] = holder[j] or '' end
  end
  return answer
end

local function partitions(prefix)
  return ipairs(redis.call('HKEYS', prefix .. ':partitions'))
end

-- ARGV: prefix. Returns partition, base, head of each.
local function heads(_, args)
  local answer = {}
  for _, number in partitions(args[1]) do
    local _, head = parsed(redis.call('GET', key(args[1], number, 'fence')))
    local base = tonumber(redis.call('HGET', key(args[1], number, 'meta'), 'base') or 1)
    for _, value in ipairs({tonumber(number), base, head}) do answer[#answer + 1] = value end
  end
  return answer
end

-- The first entry from which on everything can be read, in segments and then in the journal.
local function oldest(prefix, number)
  local first = tonumber(redis.call('HGET', key(prefix, number, 'meta'), 'base') or 1)
  local flat, segments = redis.call('HGETALL', key(prefix, number, 'segments')), {}
  for i = 1, #flat, 2 do
    segments[#segments + 1] = {last = tonumber(flat[i]), first = tonumber(string.match(flat[i + 1], '^%d+'))}
  end
  table.sort(segments, function(one, other) return one.last > other.last end)
  for _, segment in ipairs(segments) do
    if segment.last + 1 < first then break end
    first = math.min(first, segment.first)
  end
  return first
end

-- ARGV: prefix, reader, 1 to read from the start or 0 from now on.
local function register(_, args)
  local prefix, reader = args[1], args[2]
  if redis.call('SADD', prefix .. ':readers', reader) == 0 then return 0 end
  for _, number in partitions(prefix) do
    local _, head = parsed(redis.call('GET', key(prefix, number, 'fence')))
    local offset = args[3] == '1' and oldest(prefix, number) - 1 or head
    redis.call('HSET', key(prefix, number, 'readers'), reader, offset)
  end
  return 1
end

-- ARGV: prefix, reader. Returns partition, offset of each.
local function offsets(_, args)
  local answer = {}
  for _, number in partitions(args[1]) do
    local offset = redis.call('HGET', key(args[1], number, 'readers'), args[2])
    if offset then
      answer[#answer + 1] = tonumber(number)
      answer[#answer + 1] = tonumber(offset)
    end
  end
  return answer
end

local function trim(prefix, number)
  return trimmed(key(prefix, number, 'meta'), key(prefix, number, 'journal'), key(prefix, number, 'readers'))
end

-- ARGV: prefix, reader, then partition and offset of each.
local function acknowledge(_, args)
  local prefix, reader = args[1], args[2]
  for i = 3, #args, 2 do
    local readers = key(prefix, args[i], 'readers')
    local before = redis.call('HGET', readers, reader)
    local _, head = parsed(redis.call('GET', key(prefix, args[i], 'fence')))
    local offset = math.min(tonumber(args[i + 1]), head)
    if before and offset > tonumber(before) then
      redis.call('HSET', readers, reader, offset)
      trim(prefix, args[i])
    end
  end
  return 1
end

-- ARGV: prefix, reader.
local function forget(_, args)
  redis.call('SREM', args[1] .. ':readers', args[2])
  for _, number in partitions(args[1]) do
    if redis.call('HDEL', key(args[1], number, 'readers'), args[2]) == 1 then trim(args[1], number) end
  end
  return 1
end

-- ARGV: prefix, partition, epoch, first, last, "first size name". A segment must leave no hole before it.
local function archive(_, args)
  local prefix, number, first, last = args[1], args[2], tonumber(args[4]), tonumber(args[5])
  local epoch, head = parsed(redis.call('GET', key(prefix, number, 'fence')))
  if epoch ~= tonumber(args[3]) or epoch == 0 then return 0 end
  local meta = redis.call('HMGET', key(prefix, number, 'meta'), 'archived', 'base')
  local archived, base = tonumber(meta[1] or 0), tonumber(meta[2] or 1)
  if last <= archived then return 1 end
  if last > head or first > math.max(archived + 1, base) then return 0 end
  redis.call('HSET', key(prefix, number, 'segments'), args[5], args[6])
  redis.call('HSET', key(prefix, number, 'meta'), 'archived', last)
  trim(prefix, number)
  return 1
end

-- ARGV: prefix, partition, last entry. Returns end and description of each segment dropped.
local function drop(_, args)
  local limit, dropped = tonumber(args[3]), {}
  for _, offset in ipairs(redis.call('HVALS', key(args[1], args[2], 'readers'))) do
    limit = math.min(limit, tonumber(offset))
  end
  local segments = key(args[1], args[2], 'segments')
  for _, last in ipairs(redis.call('HKEYS', segments)) do
    if tonumber(last) <= limit then
      dropped[#dropped + 1] = last
      dropped[#dropped + 1] = redis.call('HGET', segments, last)
      redis.call('HDEL', segments, last)
    end
  end
  return dropped
end

-- ARGV: prefix, version expected, the map. Returns the new version, or nil.
local function place(_, args)
  local placement = args[1] .. ':placement'
  local version = tonumber(redis.call('HGET', placement, 'version') or 0)
  if version ~= tonumber(args[2]) then return false end
  redis.call('HSET', placement, 'version', version + 1, 'cells', args[3])
  return version + 1
end

redis.register_function(NAME .. '_take', take)
redis.register_function(NAME .. '_plant', plant)
redis.register_function(NAME .. '_register', register)
redis.register_function(NAME .. '_acknowledge', acknowledge)
redis.register_function(NAME .. '_forget', forget)
redis.register_function(NAME .. '_archive', archive)
redis.register_function(NAME .. '_drop', drop)
redis.register_function(NAME .. '_place', place)
redis.register_function{function_name = NAME .. '_tables', callback = tables, flags = {'no-writes'}}
redis.register_function{function_name = NAME .. '_holders', callback = holders, flags = {'no-writes'}}
redis.register_function{function_name = NAME .. '_heads', callback = heads, flags = {'no-writes'}}
redis.register_function{function_name = NAME .. '_offsets', callback = offsets, flags = {'no-writes'}}
