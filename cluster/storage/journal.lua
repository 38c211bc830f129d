#!lua name=manta

-- What must happen in one step inside Redis 7.0 or newer. `redis_library.py` puts a digest of this text into
-- the names, so that releases with different texts run side by side on one server.
-- `fence` is a string, "epoch:head": one GET and one comparison say whether an append may go on.
-- A journal is a stream; entry n has the id n-0 and one field, named after the epoch that wrote it.

local NAME = 'manta'
local CHUNK = 1000 -- unpack() holds 8,000 values; even, so that a name and its value stay together

local function key(prefix, number, part)
  return prefix .. ':{p' .. number .. '}:' .. part
end

local function parsed(fence)
  if not fence then return 0, 0 end
  local epoch, head = string.match(fence, '^(%d+):(%d+)$')
  return tonumber(epoch), tonumber(head)
end

local function id(number)
  return string.format('%.0f-0', number)
end

-- Why an append was not carried out, or that it had been.
local function explained(fence, journal, args, at, count)
  local epoch, head = parsed(redis.call('GET', fence))
  local wanted, expected = parsed(args[at])
  if epoch ~= wanted or epoch == 0 then
    return 'fenced', head, 'epoch ' .. epoch .. ' holds the partition'
  elseif expected > head then
    return 'behind', head, ''
  elseif expected + count ~= head then
    return 'conflict', head, ''
  end
  local found = redis.call('XRANGE', journal, id(expected + 1), id(head))
  if #found ~= count then return 'conflict', head, '' end
  for i, entry in ipairs(found) do
    if entry[2][1] ~= args[at + 2] or entry[2][2] ~= args[at + 3 + 2 * i] then return 'conflict', head, '' end
  end
  return 'ok', head, ''
end

-- KEYS: fence, journal of each partition. ARGV, for each: the fence expected, the fence afterwards, epoch, number
-- of entries, then id and entry of each. Returns (index, status, head, text) of those that are not plainly ok.
local function append(keys, args)
  local call, pcall, odd, at = redis.call, redis.pcall, {}, 1
  for i = 1, #keys, 2 do
    local count, status, head, text = tonumber(args[at + 3]), 'ok', 0, ''
    if call('GET', keys[i]) == args[at] then
      for j = at + 4, at + 2 + 2 * count, 2 do
        local added = pcall('XADD', keys[i + 1], args[j], args[at + 2], args[j + 1])
        if type(added) == 'table' then status, text = 'failed', added.err end
      end
      if count > 0 and status == 'ok' then call('SET', keys[i], args[at + 1]) end
    else
      status, head, text = explained(keys[i], keys[i + 1], args, at, count)
    end
    if status ~= 'ok' then
      for _, value in ipairs({(i - 1) / 2, status, head, text}) do odd[#odd + 1] = value end
    end
    at = at + 4 + 2 * count
  end
  return odd
end

-- Drops what is in snapshots and what every reader has, or finds in a segment; returns the oldest entry left.
local function trimmed(meta, journal, readers)
  local found = redis.call('HMGET', meta, 'covered', 'archived', 'base')
  local covered, archived, base = tonumber(found[1] or 0), tonumber(found[2] or 0), tonumber(found[3] or 1)
  local slowest = covered
  for _, offset in ipairs(redis.call('HVALS', readers)) do slowest = math.min(slowest, tonumber(offset)) end
  local last = math.min(covered, math.max(slowest, archived))
  if last >= base then
    redis.call('XTRIM', journal, 'MINID', '=', id(last + 1))
    base = last + 1
    redis.call('HSET', meta, 'base', base)
  end
  return base
end

-- KEYS: fence, meta, journal, readers, then the tables. ARGV: epoch, last entry that may go, who writes and on
-- which of its connections, then for each change: number of its key, command, number of values, values.
local function flush(keys, args)
  local call = redis.call
  local epoch, head = parsed(call('GET', keys[1]))
  local meta = call('HMGET', keys[2], 'covered', 'base', 'writer', 'connection')
  local base = tonumber(meta[2] or 1)
  if epoch ~= tonumber(args[1]) or epoch == 0 then
    return {'fenced', base, 'epoch ' .. epoch .. ' holds the partition'}
  elseif meta[3] == args[3] and tonumber(meta[4]) > tonumber(args[4]) then
    return {'failed', base, 'came late, over a connection that was given up'}
  end
  local at = 5
  while at <= #args do
    local target, command, count = keys[tonumber(args[at])], args[at + 1], tonumber(args[at + 2])
    local last = at + 2 + count
    for from = at + 3, last, CHUNK do
      call(command, target, unpack(args, from, math.min(from + CHUNK - 1, last)))
    end
    at = last + 1
  end
  local covered = math.max(tonumber(meta[1] or 0), math.min(tonumber(args[2]), head))
  call('HSET', keys[2], 'covered', covered, 'writer', args[3], 'connection', args[4])
  return {'ok', trimmed(keys[2], keys[3], keys[4]), ''}
end

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
  if epoch == 0 then
    for _, reader in ipairs(redis.call('SMEMBERS', prefix .. ':readers')) do
      redis.call('HSET', key(prefix, number, 'readers'), reader, 0)
    end
  end
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

-- The first entry that can still be read, in the journal or in a segment.
local function oldest(prefix, number)
  local first = tonumber(redis.call('HGET', key(prefix, number, 'meta'), 'base') or 1)
  for _, segment in ipairs(redis.call('HVALS', key(prefix, number, 'segments'))) do
    first = math.min(first, tonumber(string.match(segment, '^%d+')))
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
  local meta = redis.call('HMGET', key(prefix, number, 'meta'), 'archived', 'covered', 'base')
  local archived, passed = tonumber(meta[1] or 0), tonumber(meta[2] or 0)
  if last <= archived then return 1 end
  for _, offset in ipairs(redis.call('HVALS', key(prefix, number, 'readers'))) do
    passed = math.min(passed, tonumber(offset))
  end
  if last > head or first > math.max(math.max(passed, archived) + 1, tonumber(meta[3] or 1)) then return 0 end
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

redis.register_function(NAME .. '_append', append)
redis.register_function(NAME .. '_flush', flush)
redis.register_function(NAME .. '_take', take)
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
