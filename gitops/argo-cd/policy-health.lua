-- Argo CD's health check of InstrumentationPolicy and ClusterInstrumentationPolicy. `npm run generate` copies it into argocd-cm.yaml.
--
-- Unlike a probe, a policy is worth waiting for: probes of a later wave must meet it in force. It is a script of its own because of that.
--
-- Argo CD runs Lua 5.1 and opens few of its libraries, so there is nothing here but tables and ipairs.

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

local stalled = conditions.Stalled
if stalled ~= nil and stalled.status == "True" then
  hs.status = "Degraded"
  hs.message = stalled.message
  return hs
end

local ready = conditions.Ready
if ready == nil then
  hs.status = "Progressing"
  hs.message = "Davylamp has not said yet whether the policy is in force."
  return hs
end

hs.message = ready.message
if ready.status == "True" then
  hs.status = "Healthy"
else
  hs.status = "Progressing"
end
return hs
