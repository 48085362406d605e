-- wrk -s post.lua URL -- FOLDER TOKEN MEDIA [MEAN PAUSE IN MS]: each thread posts the lines of its own file in turn.
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  wrk.method = "POST"
  wrk.headers["Authorization"] = "Bearer " .. args[2]
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Accept"] = args[3]
  prepared, turn, failures, failure, was_tried = {}, 0, 0, "", number ~= 0
  for line in io.lines(args[1] .. "/" .. number) do
    prepared[#prepared + 1] = wrk.format(nil, nil, nil, line)
  end
  local pause = tonumber(args[4])
  if pause then
    math.randomseed(number + 1)
    delay = function() return math.floor(-math.log(1 - math.random()) * pause + 0.5) end
  end
end

function request()
  if not was_tried then  -- wrk asks its first thread once before it begins, and sends nothing
    was_tried = true
    return prepared[1]
  end
  turn = turn % #prepared + 1
  return prepared[turn]
end

function response(status, headers, body)
  if status ~= 200 or body:find('"errors":', 1, true) or body:find('"problems":', 1, true) then
    failures, failure = failures + 1, body
  end
end

function done(summary, latency, requests)
  local errors, failures = summary.errors, 0
  for _, thread in ipairs(threads) do
    failures = failures + thread:get("failures")
    if thread:get("failure") ~= "" then io.stderr:write(thread:get("failure"):sub(1, 2000), "\n") end
  end
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  print(string.format('RESULT {"requests": %d, "seconds": %.6f, "failures": %d, "p50": %.6f, "p99": %.6f}',
    summary.requests, summary.duration / 1e6, failures + broken,
    latency:percentile(50) / 1e6, latency:percentile(99) / 1e6))
end
