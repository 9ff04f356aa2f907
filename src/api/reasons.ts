/**
 * The one table of reasons: every word that a person can meet in a condition, an instance's state, a dropped count or an
 * Event. `docs/reference/reasons.md` is generated from it, and a test holds every use against it.
 *
 * Reasons belong to no programming language; a text that holds for one language only names that language. `means` says what happened;
 * `do` says what to do next. Both are complete sentences without markup.
 */
export interface ReasonText {
  readonly means: string;
  readonly do: string;
}

export const REASONS = {
  Armed: { means: 'The probe is in the running code.', do: 'Nothing; results come when the line is reached.' },
  Progressing: {
    means: 'Some matched processes have not answered yet.',
    do: 'Wait; this takes well under a second when agents are connected.',
  },
  NoPodsMatched: {
    means: 'No running pod matches spec.target.',
    do: 'Compare the labels with kubectl get pods --show-labels; new pods are picked up by themselves.',
  },
  PodsNotRunning: {
    means: 'Pods match spec.target, and none of them runs.',
    do: 'Look at kubectl describe pod for what keeps them; the probe goes in when they run.',
  },
  AmbiguousContainer: {
    means: 'More than one container of the pod runs a known runtime.',
    do: 'Name one of the listed containers in spec.target.containerName.',
  },
  ContainerNotFound: {
    means: 'The pod has no container with the name in spec.target.containerName.',
    do: 'Use one of the names that the message lists.',
  },
  NotInjected: {
    means: 'The pod was started without the agent.',
    do: 'Label the pod template or the namespace davylamp.dev/inject=true and restart the workload once.',
  },
  Attaching: {
    means: 'The pod was started without the agent, so one is being added to it while it runs.',
    do: 'Wait; this takes some seconds, longer where the image must be pulled first.',
  },
  Attached: {
    means: 'An agent was added to the pod while it ran, as an ephemeral container.',
    do: 'Nothing; it ends by itself when no probe needs it. Its log is that of the container which the message names.',
  },
  AttachEnded: {
    means: 'The agent that was added to the pod while it ran has ended, and nothing of it is left in the processes.',
    do: 'Nothing; the next probe gets a new one.',
  },
  AttachForbidden: {
    means: 'The API server does not let the operator add an agent to the running pod.',
    do: 'Bind the ClusterRole davylamp-attach to the operator in the namespace, or have the policy that the message names let the container in; or label the pod template davylamp.dev/inject=true and restart the workload once.',
  },
  AttachFailed: {
    means: 'An agent was to be added to the pod while it runs, and did not come to work.',
    do: 'Read the message; it is tried again by itself. Injection needs none of this: label the pod template davylamp.dev/inject=true and restart the workload once.',
  },
  AttachedElsewhere: {
    means: 'The agent that was added to the running pod is in another container; a pod has one at a time.',
    do: 'Wait until the probes of the other container are over, or label the pod template davylamp.dev/inject=true and restart the workload once: an injected agent is in all containers.',
  },
  CredentialReused: {
    means: 'A one-time credential of an agent was presented again. It was refused; somebody may have stolen it.',
    do: 'Find out who can read the memory or the input of the agent of this pod.',
  },
  NamespaceExcluded: {
    means: 'The namespace is excluded, so none of its pods ever gets an agent.',
    do: "Take it out of the chart's injection.excludedNamespaces, or run the workload in another namespace.",
  },
  InjectionOff: {
    means: 'Injection is switched off, so no pod gets an agent.',
    do: "Set the chart's injection.enabled, then restart the workload once.",
  },
  AgentImageNotRunning: {
    means:
      "The agent's image was not seen running in this cluster yet, so new pods get no agent: it could hold them up.",
    do: 'Look at the pods with the label davylamp.dev/agent-check=true in the namespace of Davylamp; restart the workload once when they are ready.',
  },
  AgentDisconnected: {
    means: 'The pod has an agent, but it is not connected to the gateway, or does not answer.',
    do: 'Look at kubectl logs POD -c davylamp, or of the container in agentContainerName where that is another; it reconnects by itself.',
  },
  AgentTooOld: {
    means:
      'The agent of the pod is of an older version and does not enforce a part of what policies or the probe itself forbid to be seen, so it does not get the probe.',
    do: 'Restart the workload once: its new pods get the agent of this version. One that was added to a running pod ends by itself when no other probe needs it, and a new one comes.',
  },
  AgentDistrustsGateway: {
    means:
      'The agent of the pod trusts another certificate authority than the one that the Secret davylamp-ca holds now, so it cannot connect.',
    do: 'Restore the Secret from a backup, or restart the workload; see docs/operations.md.',
  },
  TooManyProbes: {
    means: 'The pod, or a process of it, has as many probes as it may have, and this one came later.',
    do: 'Delete probes of the pod that nobody needs; this one is armed by itself then.',
  },
  NoSupportedRuntime: {
    means: 'No process with a known runtime has announced itself in the pod.',
    do: 'Check that the container runs a supported runtime (Node.js 20 or newer) and, for Node.js in an injected pod, that NODE_OPTIONS reaches it.',
  },
  FileNotLoaded: {
    means: 'No loaded file ends in this path; the probe waits and arms itself when one loads.',
    do: 'Check the path against the similar ones that the message lists.',
  },
  ContextNotSupported: {
    means:
      'The file runs in another context of the process, which probes do not reach; in Node.js, node:vm and Jest make such contexts.',
    do: 'Probe the code that calls into the context; under Jest, run the code outside of it.',
  },
  FunctionNotFound: {
    means: 'No loaded function has this name; the probe waits for files that load later.',
    do: 'Check the name against the similar ones that the message lists.',
  },
  AmbiguousFile: {
    means: 'Several loaded files end in this path.',
    do: 'Lengthen spec.location.file until it names one of the listed candidates.',
  },
  AmbiguousFunction: {
    means: 'Several functions have this name.',
    do: 'Add spec.location.file, or qualify the name with its class.',
  },
  LineNotExecutable: {
    means: 'No code starts on this line.',
    do: 'Use the nearest executable line that the message names.',
  },
  SourceMapMissing: {
    means: 'The file is minified or bundled and its source map is missing or unreadable.',
    do: 'Ship the source map beside the bundle, or give the position in the generated file.',
  },
  ExpressionInvalid: {
    means: 'An expression or the message template cannot be parsed, or uses something that is never allowed.',
    do: 'Correct it at the position that the message names.',
  },
  PatternInvalid: {
    means: 'A pattern cannot be read, or is one that is not searched for.',
    do: 'Correct it at the position that the message names.',
  },
  SideEffectRefused: {
    means: 'An expression calls something that cannot be shown to leave the program unchanged.',
    do: 'Read properties instead, or call a function without side effects.',
  },
  EvaluationTimeout: {
    means: 'An expression did not finish within its time limit and was stopped.',
    do: 'Use a cheaper expression.',
  },
  EvaluationFailed: {
    means: 'The condition throws when it is evaluated; the hit counts as not matched.',
    do: 'Guard the expression, in JavaScript for example with optional chaining.',
  },
  PolicyAccepted: { means: 'No policy forbids the probe.', do: 'Nothing.' },
  PolicyDenied: { means: 'A policy forbids the probe.', do: 'Read which rule in the message, and ask its owner.' },
  PolicyUndecided: {
    means: 'The API server has not said yet whether the requester of the probe may use a policy that might govern it.',
    do: "Wait; this takes well under a second. If it lasts, look at the operator's log for why it cannot ask.",
  },
  PolicyEnforced: {
    means: 'The policy is in force for every probe that it is about.',
    do: 'Nothing; its status says how many probes it governs, denies and holds.',
  },
  PolicyInvalid: {
    means: 'The policy cannot be read, and might deny anything, so it denies every probe that it is about.',
    do: 'Correct the field that the message names, or bring operator and CRDs to the same version.',
  },
  QuotaExceeded: {
    means: 'A policy allows so many probes, or so much CPU for them, and others had it before.',
    do: 'Delete probes that nobody needs; this one is let in by itself when there is room.',
  },
  AwaitingApproval: {
    means: 'A policy asks for an approval of the probe by somebody other than its requester.',
    do: 'Have somebody with the RBAC verb approve on the policy run kubectl davylamp approve, or set the annotation davylamp.dev/approve to status.approval.specHash.',
  },
  ApprovalExpired: {
    means: 'Nobody approved the probe before the deadline of the policy that asks for it.',
    do: 'Change its spec, or delete it and apply it anew, to ask again.',
  },
  Stopped: {
    means: 'A policy takes every probe that it governs out of every process, and holds new ones, until it is lifted.',
    do: 'Read why in the message. kubectl davylamp stop --lift, or removing spec.stopped from the policy, lets probes in again.',
  },
  ProcessInDistress: {
    means:
      'The process is short of heap, or became busier all the time since it has probes, so all of them are out of its code.',
    do: 'Wait; they come back when it has recovered. Put the probe on a line outside of hot functions, or raise the memory limit.',
  },
  BudgetExceeded: {
    means:
      'The probe cost more than its CPU budget, or all probes of its process more than theirs, and is out of the code until the budget recovers.',
    do: 'Nothing is wrong with the application; choose a colder line for complete results.',
  },
  Sampled: {
    means:
      'The probe is over its CPU budget at full rate, or the probes of its process together are over theirs, so it takes samples.',
    do: 'Read counts as samples, or choose a colder line.',
  },
  RateLimited: {
    means: 'Hits above limits.hitsPerSecond were not reported.',
    do: 'Raise the limit, or add a condition.',
  },
  StallTooLong: {
    means: 'Placing the probe would stop the process for longer than limits.maxStallMilliseconds.',
    do: 'Raise the limit if a single pause of the predicted length is acceptable.',
  },
  PermissionModel: {
    means:
      'The process runs with permissions that keep the runtime from its thread or its debugger, such as the permission model of Node.js.',
    do: 'Start Node.js with --allow-worker and --allow-inspector too (Node.js 24 and newer), or without --permission.',
  },
  RuntimeBusyDebugger: {
    means: 'A debugger is attached to the process, so nothing is placed or paused.',
    do: 'Detach the debugger; the probe arms itself afterwards.',
  },
  InspectorUnavailable: {
    means:
      'The process runs without the agent, and its debugger cannot be opened: it does not handle the signal for that (in Node.js SIGUSR1), handles it by itself, or did not answer.',
    do: 'Label the pod template or the namespace davylamp.dev/inject=true and restart the workload once.',
  },
  InspectorPortTaken: {
    means: 'The port on which the process would open its debugger for a moment is in use by something else.',
    do: 'End what the message names, or give Node.js another --inspect-port; it is tried again by itself.',
  },
  ProcessHidden: {
    means:
      'The kernel does not let the agent look into the process: it runs as another user or group, has capabilities, or is confined by AppArmor or the like.',
    do: 'Label the pod template or the namespace davylamp.dev/inject=true and restart the workload once.',
  },
  PlacementFailed: {
    means: 'The runtime could not place the probe.',
    do: 'Read the message; please report it if it is not your doing.',
  },
  RuntimeTooOld: {
    means:
      'The runtime in the process is of an older version and does not enforce a part of what policies or the probe itself forbid to be seen, so it does not get the probe.',
    do: 'Start the process anew, in a cluster by restarting the workload once: it gets the runtime of its agent then.',
  },
  RuntimeUnsupported: {
    means: 'The process runs a version of its language that the runtime cannot instrument.',
    do: 'Read the message for the versions that work.',
  },
  LocationDrifted: {
    means: 'The file changed since the probe was written.',
    do: 'Check the line in the version that runs, and apply the probe again.',
  },
  SinkNotFound: {
    means: "A sink in spec.sinkRefs does not exist; results still reach status and the agent's log.",
    do: 'Create the sink, or remove the reference.',
  },
  SinksResolved: { means: 'Every sink in spec.sinkRefs exists.', do: 'Nothing.' },
  Expired: {
    means: 'The time to live has passed; the probe is out of every process.',
    do: 'Change spec.ttlSeconds or apply the probe anew to look again.',
  },
  NotExpired: { means: 'The time to live has not passed.', do: 'Nothing; spec.ttlSeconds says how long it is.' },
  HitLimitReached: {
    means: 'The hit or capture limit over all pods is reached; the probe is out of every process.',
    do: 'Raise the limit to look further.',
  },
  AllDisarmed: {
    means: 'Every probe is out of every process, because Davylamp is being uninstalled or somebody ordered it.',
    do: 'Nothing after an uninstallation: probes come back with the next installation. Else remove the annotation davylamp.dev/disarm from the Deployment davylamp-operator.',
  },
  Deleted: { means: 'The object of the probe was deleted.', do: 'Nothing; apply it again to look again.' },
  SpecChanged: {
    means: 'The spec of the probe has changed, and what was in processes was taken out for what it says now.',
    do: 'Nothing.',
  },
  MayStillBeArmed: {
    means:
      'The probe is over, but the agent of the pod is not connected, so nobody can tell whether the process is rid of it.',
    do: 'Wait until the time that the message names, by which agent or process take it out by themselves, or restart the pod.',
  },
  BufferFull: {
    means: 'Results came faster than they could be sent, and the bounded buffer dropped some.',
    do: 'Lower limits.hitsPerSecond, or add a condition.',
  },
  PayloadTooLarge: {
    means: 'A result could not be cut to limits.payloadBytes: its frames alone are larger.',
    do: 'Raise limits.payloadBytes.',
  },
  CaptureFailed: { means: 'A capture could not be taken within its deadline.', do: 'Lower the capture limits.' },
  RedactionPending: {
    means: 'The process has not said yet that the rules of redaction are in force that are to be.',
    do: 'Wait; this takes well under a second. If it lasts, restart the workload once.',
  },
  RedactionChanged: {
    means: 'Results that were made under earlier rules of redaction were dropped when other ones came.',
    do: 'Nothing; those that come next are made under the new rules.',
  },
  ResultsLost: {
    means: 'Results were lost between the process and the operator, because an agent or a process ended.',
    do: 'Look at kubectl logs POD -c davylamp, or of the container in agentContainerName where that is another; it may still have them.',
  },
  NodeOptionsNotMerged: {
    means:
      'NODE_OPTIONS of the container may come from envFrom, comes from a reference that may be absent, or has a quote that does not end; it cannot be appended to, so the container was left alone.',
    do: "Give NODE_OPTIONS a literal value (it may be empty) in the container's env.",
  },
  NodeOptionsInImage: {
    means:
      'The annotation davylamp.dev/image-node-options says that the image sets NODE_OPTIONS itself, which a variable of the container would replace, so the container was left alone.',
    do: "Repeat the image's value as NODE_OPTIONS in the container's env; it is appended to then.",
  },
  InjectionConflict: {
    means: 'The pod uses a name or a path that the agent needs, so it was left alone.',
    do: 'Use other names than davylamp and davylamp-token for containers and volumes, and mount nothing below /run/davylamp.',
  },
  Injected: {
    means: 'The agent was added to the pod when it was created.',
    do: 'Nothing; the Event says what became of NODE_OPTIONS.',
  },
  ObjectUnreadable: {
    means: 'The object does not fit the schema of the operator that runs, so it counts as absent.',
    do: 'Correct the field that the message names, or bring operator and CRDs to the same version.',
  },
  InternalError: {
    means: 'Davylamp met an error of its own.',
    do: "Look at the operator's log with the identifier in the message, and report it.",
  },
} as const satisfies Record<string, ReasonText>;

export type Reason = keyof typeof REASONS;

export const REASON_NAMES = Object.keys(REASONS) as [Reason, ...Reason[]];
