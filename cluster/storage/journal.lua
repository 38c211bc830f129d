#!lua name=manta

-- What must happen in one step inside Redis 7.0 or newer: appends and flushes here, the rest in tables.lua.
-- `redis_library.py` joins the two and puts a digest of the text into the names, so that releases with
-- different texts run side by side on one server.
-- `fence` is a string, "epoch:head": a read and one comparison say whether an append may go on.
-- A journal is a stream; entry n has the id n-0 and one field, named after the epoch that wrote it.

local NAME = 'manta'
local CHUNK = 1000 -- unpack() holds 8,000 values; even, so that a name and its value stay together

local function key(prefix, number, part)
  return prefix .. ':{p' .. number .. '}:' .. part
end

local function parsed(fence)
  if not fence then return 0, 0 end
  local epoch, head = string.match(fence, '^(%d+):(%d+)$')
  return tonumber(epoch or 0), tonumber(head or 0)
end

local function id(number)
  return string.format('%.0f-0', number)
end

-- Why an append was not carried out, or that it had been.
local function explained(fence, journal, args, at, count)
  local stands = redis.pcall('GET', fence)
  if type(stands) == 'table' then return 'failed', 0, stands.err end -- not so for the others of this call
  local epoch, head = parsed(stands)
  local wanted, expected = parsed(args[at])
  if epoch ~= wanted or epoch == 0 then
    return 'fenced', head, 'epoch ' .. epoch .. ' holds the partition'
  elseif expected > head then
    return 'behind', head, ''
  elseif expected + count ~= head then
    return 'conflict', head, ''
  end
  local found = redis.pcall('XRANGE', journal, id(expected + 1), id(head))
  if found.err then return 'failed', head, found.err end
  if #found ~= count then return 'conflict', head, '' end
  for i, entry in ipairs(found) do
    if entry[2][1] ~= args[at + 2] or entry[2][2] ~= args[at + 3 + 2 * i] then return 'conflict', head, '' end
  end
  return 'ok', head, ''
end

-- KEYS: fence, journal of each partition. ARGV, for each: the fence expected, the fence afterwards, epoch, number
-- of entries, then id and entry of each; each partition once. Returns (index, status, head, text) of those that are
-- not plainly ok. All fences are read in one command and raised in one: an entry costs a seventh less that way.
local function append(keys, args)
  local pcall, odd, at, fences, raised = redis.pcall, {}, 1, {}, {}
  for i = 1, #keys, 2 do fences[#fences + 1] = keys[i] end
  local found = redis.call('MGET', unpack(fences))
  for i = 1, #keys, 2 do
    local count, status, head, text = tonumber(args[at + 3]), 'ok', 0, ''
    if found[(i + 1) / 2] == args[at] then
      for j = at + 4, at + 2 + 2 * count, 2 do
        local added = pcall('XADD', keys[i + 1], args[j], args[at + 2], args[j + 1])
        if type(added) == 'table' then status, text = 'failed', added.err end
      end
      if count > 0 and status == 'ok' then
        raised[#raised + 1] = keys[i]
        raised[#raised + 1] = args[at + 1]
      end
    else
      status, head, text = explained(keys[i], keys[i + 1], args, at, count)
    end
    if status ~= 'ok' then
      for _, value in ipairs({(i - 1) / 2, status, head, text}) do odd[#odd + 1] = value end
    end
    at = at + 4 + 2 * count
  end
  if #raised > 0 then redis.call('MSET', unpack(raised)) end
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

redis.register_function(NAME .. '_append', append)
redis.register_function(NAME .. '_flush', flush)
