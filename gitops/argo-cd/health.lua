-- Argo CD's health check of probes: DynamicLog and Snapshot. `npm run generate` copies it into argocd-cm.yaml.
--
-- A sync with waves or hooks does not go on before every object of the wave is Healthy: Progressing and Suspended hold it up for as long
-- as they last, and Degraded ends it as failed. A probe must not hold up the deployment of the application that it looks at, so:
--
--   Progressing  only what ends by itself within seconds while the operator runs
--   Degraded     nothing but a change of the probe or of the workload helps
--   Suspended    a person or a quota keeps the probe out, and letting it in needs a decision
--   Healthy      everything else: it is armed, it is over, or it waits for something that may never happen
--
-- Argo CD runs Lua 5.1 and opens few of its libraries, so there is nothing here but tables and ipairs.

-- The probe has done its work. It stays in Git after that, and a later sync must not wait for it.
local over = { Expired = true, HitLimitReached = true }

-- It goes in when the approval, the release or the room that the message names is there. A paused Rollout looks the same.
local held = { AwaitingApproval = true, Stopped = true, QuotaExceeded = true, AllDisarmed = true }

-- Agents are about to answer, or are being added to running pods, which ends in Armed or in a failure.
local under_way = { Progressing = true, Attaching = true }

local hs = {}

local status = obj.status
if status == nil or status.conditions == nil or status.observedGeneration ~= obj.metadata.generation then
  hs.status = "Progressing"
  hs.message = "Davylamp has not reported on this version of the object yet."
  return hs
end

local conditions = {}
for _, condition in ipairs(status.conditions) do
  conditions[condition.type] = condition
end

local function is_true(name)
  return conditions[name] ~= nil and conditions[name].status == "True"
end

-- It comes before Reconciling, because a probe with an error never gets better while processes are still being rid of an earlier version.
if is_true("Stalled") then
  hs.status = "Degraded"
  hs.message = conditions.Stalled.message
  return hs
end

local ready = conditions.Ready
if ready == nil then
  hs.status = "Progressing"
  hs.message = "Davylamp has not said yet whether the probe is armed."
  return hs
end
hs.message = ready.message

if ready.status == "True" then
  -- One pod is enough, and Reconciling does not matter: else every new pod would make the application Progressing for a moment.
  hs.status = "Healthy"
elseif over[ready.reason] then
  -- Also while processes are being rid of it, as nobody has to do anything about that. The message says where it may still be.
  hs.status = "Healthy"
elseif held[ready.reason] then
  hs.status = "Suspended"
elseif under_way[ready.reason] or is_true("Reconciling") then
  hs.status = "Progressing"
else
  -- It waits: no pod matches (the workload may be in a later wave, or a CronJob between two runs), the file is not loaded (it may be loaded
  -- by the first request), the agent is away, the process is in distress. The operator arms it by itself when that changes, and cannot tell
  -- whether it ever will. Like a PodMonitor that matches no pod it is Healthy, and the message says what it waits for.
  hs.status = "Healthy"
end
return hs
