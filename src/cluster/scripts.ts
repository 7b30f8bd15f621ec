/**
 * What runs inside Redis, each as one step that nobody comes between. Numbers travel as text with seventeen digits,
 * which is every bit of them; the arithmetic is that of `store/counters/room.ts`, operation by operation.
 *
 * `state` is one hash: `run`, which process of Redis the counts were last proven for; `store` and `generation`, whom
 * they count for and since when; `seq`, how many calls took anything; `lost_before`, set where what was counted before then is lost;
 * `back_at`, when a process of Redis took up the counts of another.
 */

/** Redis's own clock, ms, so that all replicas share one. */
export const CLOCK = `(function() local t = redis.call('TIME') return t[1] * 1000 + math.floor(t[2] / 1000) end)()`;

/** A call's place is free when its gate has not renewed it for so long, ms. */
export const PLACE_MS = 20_000;

/** The longest that a counter is kept after it was touched: a year, and some. */
const KEPT_MS = 400 * 86_400_000;
/** What is kept longer than it counts, ms: clocks of gates and of Redis differ. */
const LATE_MS = 3_600_000;

/** Which process answers; it changes with every restart and failover. */
const RUN = `local run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')`;

const ROOMS = `
local function text(n) return string.format('%.17g', n) end
local function fits(had, amount, most)
  if amount == 0 then return had < most end
  return had + amount <= most * (1 + 1e-12)
end
local function cells(key)
  local flat = redis.call('HGETALL', key)
  local all = {}
  for i = 1, #flat, 2 do all[#all + 1] = { slot = tonumber(flat[i]), used = tonumber(flat[i + 1]) } end
  table.sort(all, function(a, b) return a.slot < b.slot end)
  return all
end
local function find(all, slot)
  for _, cell in ipairs(all) do if cell.slot == slot then return cell.used end end
end
local rooms = {}
function rooms.span(key, from, till, most, amount)
  local had = find(cells(key), from) or 0
  local room = { slot = from, cell = had + amount, used = had + amount, resets = till, ttl = till - now,
    oldest = from - 2 * (till - from), barred = from < lost and till }
  if not fits(had, amount, most) then room.free_at = till end
  return room
end
function rooms.sliding(key, length, part, most, amount)
  local slot = math.floor(now / part) * part
  local counted, had = {}, 0
  for _, cell in ipairs(cells(key)) do
    if cell.slot + part > now - length then
      counted[#counted + 1] = cell
      had = had + cell.used
    end
  end
  local clear = lost + length + part
  local room = { slot = slot, cell = (find(counted, slot) or 0) + amount, used = had + amount,
    resets = slot + part + length, ttl = length + 2 * part, oldest = now - length - part, barred = now < clear and clear }
  if fits(had, amount, most) then return room end
  local left = had
  room.free_at = now + length + part
  for _, cell in ipairs(counted) do
    left = left - cell.used
    room.free_at = cell.slot + part + length
    if fits(left, amount, most) then break end
  end
  return room
end
function rooms.bucket(key, every, _, most, amount)
  local full_at = math.max(find(cells(key), 0) or now, now)
  local after = full_at + amount * every
  local clear = lost + most * every
  local room = { slot = 0, cell = after, used = (after - now) / every, resets = after, ttl = after - now, oldest = 0,
    barred = now < clear and math.ceil(clear) }
  if after - now > most * every * (1 + 1e-9) then room.free_at = math.ceil(after - most * every) end
  return room
end
function rooms.held(key, _, _, most, amount)
  local count, dead = 0, {}
  local flat = redis.call('HGETALL', key)
  for i = 1, #flat, 2 do
    if tonumber(flat[i + 1]) > now - ${PLACE_MS} or now < back + ${PLACE_MS} then count = count + 1
    else dead[#dead + 1] = flat[i] end
  end
  local clear = lost + ${PLACE_MS}
  local room = { held = true, dead = dead, used = count + amount, barred = now < clear and clear }
  if room.used > most then room.free_at = now + 1000 end
  return room
end`;

/**
 * Takes all charges of a call, or none.
 * KEYS: state, then one for each charge. ARGV: store, call, then for each charge its window's kind, two numbers of the
 * window, most, amount, and whether it is hard (1).
 * Gives `taken`, generation, seq, now, then for each charge used, resets and whether it is exceeded; or `full` or `lost`,
 * the first charge without room, from 1, and when there may be room; or `unproven` and whose counts they are.
 */
export function takeScript(clock: string): string {
  return `${RUN}
local state = redis.call('HMGET', KEYS[1], 'run', 'store', 'generation', 'lost_before', 'back_at')
if state[1] ~= run or state[2] ~= ARGV[1] then return { 'unproven', state[2] or '' } end
local now = ${clock}
local lost, back = tonumber(state[4] or 0), tonumber(state[5] or 0)
${ROOMS}
local all, first, free_at = {}, nil, 0
for i = 2, #KEYS do
  local a = 3 + (i - 2) * 6
  local room = rooms[ARGV[a]](KEYS[i], tonumber(ARGV[a + 1]), tonumber(ARGV[a + 2]), tonumber(ARGV[a + 3]), tonumber(ARGV[a + 4]))
  all[#all + 1] = room
  local shut = ARGV[a + 5] == '1' and (room.barred or room.free_at)
  if shut then
    first = first or { room.barred and 'lost' or 'full', text(i - 1) }
    free_at = math.max(free_at, shut)
  end
end
if first then return { first[1], first[2], text(free_at) } end
local seq = redis.call('HINCRBY', KEYS[1], 'seq', 1)
local said = { 'taken', state[3], text(seq), text(now) }
for i, room in ipairs(all) do
  local key = KEYS[i + 1]
  if room.held then
    for _, call in ipairs(room.dead) do redis.call('HDEL', key, call) end
    redis.call('HSET', key, ARGV[2], text(now))
    redis.call('PEXPIRE', key, ${LATE_MS})
  else
    for _, cell in ipairs(cells(key)) do
      if cell.slot < room.oldest then redis.call('HDEL', key, text(cell.slot)) end
    end
    redis.call('HSET', key, text(room.slot), text(room.cell))
    redis.call('PEXPIRE', key, text(math.floor(math.min(math.max(room.ttl, 0) + ${LATE_MS}, ${KEPT_MS}))))
  end
  said[#said + 1] = text(room.used)
  said[#said + 1] = room.resets and text(room.resets) or ''
  said[#said + 1] = room.free_at and '1' or '0'
end
return said`;
}

/**
 * What ends of calls change. A place that is freed is freed; more is added wherever its counter is; less only where the
 * counts are for certain those that it was taken from.
 * KEYS: state, then one for each change. ARGV: for each change the call or the slot, by how much (`` frees), generation.
 */
export const ADJUST = `${RUN}
local state = redis.call('HMGET', KEYS[1], 'run', 'generation')
for i = 2, #KEYS do
  local a = 1 + (i - 2) * 3
  local by = tonumber(ARGV[a + 1])
  if not by then redis.call('HDEL', KEYS[i], ARGV[a])
  elseif by > 0 or (state[1] == run and state[2] == ARGV[a + 2]) then
    local used = redis.call('HGET', KEYS[i], ARGV[a])
    if used then redis.call('HSET', KEYS[i], ARGV[a], string.format('%.17g', math.max(0, tonumber(used) + by))) end
  end
end
return 'ok'`;

/** Renews the places of calls under way. KEYS: one for each call. ARGV: the calls. */
export function renewScript(clock: string): string {
  return `local now = string.format('%.17g', ${clock})
for i, key in ipairs(KEYS) do
  redis.call('HSET', key, ARGV[i], now)
  redis.call('PEXPIRE', key, ${LATE_MS})
end
return 'ok'`;
}

/** What clocks of gates and of Redis servers may differ by, ms. */
const SKEW_MS = 60_000;

/**
 * Takes the counts for proven, or for lost, in the name of a store.
 * KEYS: state. ARGV: run, store, generation, and the highest `seq` of a call that is on record.
 * Gives `kept` or `lost`; `moved` where another process answers by now, `behind` where a later generation was here
 * first, `other` where the counts are those of another store.
 */
export function proveScript(clock: string): string {
  return `${RUN}
local state = redis.call('HMGET', KEYS[1], 'store', 'generation', 'seq')
if run ~= ARGV[1] then return 'moved' end
if state[1] and state[1] ~= ARGV[2] then return 'other' end
if tonumber(state[2] or 0) > tonumber(ARGV[3]) then return 'behind' end
local now = ${clock}
redis.call('HSET', KEYS[1], 'run', run, 'store', ARGV[2], 'generation', ARGV[3], 'back_at', string.format('%.17g', now))
if tonumber(state[3] or 0) >= tonumber(ARGV[4]) then return 'kept' end
redis.call('HSET', KEYS[1], 'seq', ARGV[4], 'lost_before', string.format('%.17g', now + ${SKEW_MS}))
return 'lost'`;
}
