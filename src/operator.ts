import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Logger } from 'pino';
import { injectReview } from './admission/pods/inject-review.ts';
import { reviewPolicy } from './admission/policy-review.ts';
import { reviewProbe } from './admission/probes/probe-review.ts';
import { type Approve, recordRequester } from './admission/probes/requester-review.ts';
import { keepRegistered, registerAuthority } from './admission/register.ts';
import { ADMISSION_PATHS, AdmissionServer } from './admission/server.ts';
import { PROBE_KINDS, type Probe, probeResource } from './api/kinds.ts';
import { parseProbe } from './api/parse-probe.ts';
import type { PolicyKind } from './api/policy.ts';
import { policyResource } from './api/resources.ts';
import { AuditFile } from './audit/audit-file.ts';
import { AuditLog, type LineWriter } from './audit/audit-log.ts';
import { deniedEntry } from './audit/denied.ts';
import { AttachController } from './controllers/attach/controller.ts';
import { isPresent, reportReuse } from './controllers/attach/enrollment.ts';
import { AgentImage } from './controllers/injection/agent-image.ts';
import { InjectionController } from './controllers/injection/controller.ts';
import { whyNotInjected } from './controllers/injection/not-injected-reason.ts';
import { type ObservedNamespace, parseNamespace } from './controllers/observed-namespace.ts';
import { type OwnDeployment, parseOwnDeployment } from './controllers/own-deployment.ts';
import { Access } from './controllers/policies/access.ts';
import { admitProbe } from './controllers/policies/admit.ts';
import { approveProbe } from './controllers/policies/approve.ts';
import { PolicyController } from './controllers/policies/controller.ts';
import { DeniedRequests } from './controllers/policies/denied-requests.ts';
import { POLICY_INDEXES, Policies } from './controllers/policies/policies.ts';
import { type PolicyObject, parsePolicyObject } from './controllers/policies/policy-object.ts';
import { watchPolicies } from './controllers/policies/watch-policies.ts';
import { POD_INDEXES, PROBE_INDEXES, ProbeController } from './controllers/probes/controller.ts';
import { reportUnreadable } from './controllers/unreadable-object.ts';
import { Authenticator } from './gateway/agents/authenticate.ts';
import { Refusals } from './gateway/agents/refusals.ts';
import { UnionAuthenticator } from './gateway/agents/union-authenticator.ts';
import { Authority } from './gateway/certificates/authority.ts';
import { AuthorityKeeper } from './gateway/certificates/authority-keeper.ts';
import { keepServingCertificate, servingNames } from './gateway/certificates/serving-certificate.ts';
import { OneTimeCredentials } from './gateway/enrollment/one-time-credentials.ts';
import { SESSION_KEY_PURPOSE, SessionTokens } from './gateway/enrollment/session-tokens.ts';
import { Fleet } from './gateway/fleet/fleet.ts';
import { gatewayAddress } from './gateway/gateway-address.ts';
import { GatewayServer } from './gateway/server.ts';
import { awaitReachable, readAwaitWebhookSettings } from './helm-hooks/await-webhook.ts';
import { disarm, reportOf } from './helm-hooks/disarm.ts';
import { KubeClient } from './kube/client.ts';
import { EventRecorder } from './kube/event-recorder.ts';
import { Informer } from './kube/informer.ts';
import { LeaderElection } from './kube/leader-election.ts';
import { DEPLOYMENTS, NAMESPACES, PODS } from './kube/resource.ts';
import { timeOf } from './kube/time.ts';
import { languagesOf } from './language/languages.ts';
import { HealthServer } from './operator/health-server.ts';
import { createAuditStream, createLog } from './operator/log.ts';
import { OperatorMetrics } from './operator/metrics.ts';
import { type OperatorSettings, readSettings, replicaAddress, replicaIdentity } from './operator/settings.ts';
import { type ObservedPod, parsePod, reliesOn, trusts } from './pods/observed-pod.ts';
import { VERSION } from './version.ts';

/** Name of the Lease that elects the replica that reconciles and holds the agents; and of the Deployment. */
const OPERATOR = 'davylamp-operator';
/** How long Events that are on their way may hold up the end. */
const FLUSH_MS = 2000;
/** How long the API server may take to read a webhook configuration that changed. */
const REGISTERED_MS = 5000;

export interface OperatorPorts {
  readonly gateway: number;
  readonly webhook: number;
  readonly metrics: number;
}

export interface OperatorOptions {
  readonly settings: OperatorSettings;
  readonly client: KubeClient;
  readonly log: Logger;
  /** Makes what takes the records of the audit, besides the file that settings may name; it is given who counts those that are lost. */
  readonly auditStream: (onLost: (records: number) => void) => LineWriter;
  /** Ends the operator: agents are sent away, the Lease is given back. */
  readonly signal: AbortSignal;
  /** All servers listen. */
  onListening?(ports: OperatorPorts): void;
}

/**
 * The operator, wired: every replica watches, serves the webhook and answers agents; the one that holds the Lease reconciles.
 * @returns `lost` when it led and no longer may, after which the process must end; `stopped` after `signal` aborted.
 */
export async function runOperator({ settings, client, log, auditStream, signal, onListening }: OperatorOptions) {
  const { namespace } = settings;
  const warn = (what: string) => (error: unknown) => log.warn({ error }, what);
  const metrics = new OperatorMetrics();
  const events = new EventRecorder({
    client,
    reportingController: 'davylamp.dev/operator',
    reportingInstance: settings.podName,
    onError: warn('event not written'),
  });

  const { auditFile: path } = settings;
  const onLost = (records: number): void => metrics.auditRecordsLost(records);
  const auditFile = path === undefined ? undefined : new AuditFile({ path, log, onLost });
  const audit = new AuditLog({
    writers: [auditStream(onLost), ...(auditFile === undefined ? [] : [auditFile])],
    onRecord: (step) => metrics.auditRecord(step),
  });

  const probes = PROBE_KINDS.map(
    (kind) =>
      new Informer<Probe>(client, probeResource(kind), {
        parse: (raw) => parseProbe(kind, raw),
        indexes: PROBE_INDEXES,
        onBadObject: reportUnreadable(kind, events, log),
        onError: warn(`${kind} informer`),
      }),
  );
  const pods = new Informer<ObservedPod>(client, PODS, {
    parse: parsePod,
    indexes: POD_INDEXES,
    onBadObject: warn('a Pod cannot be read and counts as absent'),
    onError: warn('Pod informer'),
  });

  const namespaces = new Informer<ObservedNamespace>(client, NAMESPACES, {
    parse: parseNamespace,
    onError: warn('Namespace informer'),
  });

  const policyInformer = (kind: PolicyKind) =>
    new Informer<PolicyObject>(client, policyResource(kind), {
      parse: (raw) => parsePolicyObject(kind, raw),
      indexes: POLICY_INDEXES,
      onBadObject: warn(`${kind} without a name`),
      onError: warn(`${kind} informer`),
    });
  const ofCluster = policyInformer('ClusterInstrumentationPolicy');
  const ofNamespaces = policyInformer('InstrumentationPolicy');
  const access = new Access({
    client,
    onChange: ({ namespace: of }) => policyWatch.changed(of),
    onError: (error) => log.warn({ error }, 'the API server could not be asked who may use a policy'),
  });
  const policies = new Policies({ standard: settings.defaultPolicy, ofCluster, ofNamespaces, namespaces, access });
  const policyWatch = watchPolicies({
    ...{ policies, ofCluster, ofNamespaces, namespaces },
    reconsider: (of) => probeController.reconsider(of),
  });

  const { deployment } = settings;
  const ownDeployment =
    deployment === undefined
      ? undefined
      : new Informer<OwnDeployment>(client, DEPLOYMENTS, {
          parse: parseOwnDeployment,
          namespace,
          fieldSelector: `metadata.name=${deployment}`,
          onError: warn('Deployment informer'),
        });
  const refusals = new Refusals(log, (what, count) => metrics.refused(what, count));
  const fleet = new Fleet({
    onListenerError: (error) => log.error({ error }, 'fleet listener failed'),
    onRefused: (identity, refusal) => refusals.refused(identity, refusal),
  });
  const agentImage = new AgentImage({
    image: settings.agentImage,
    isChecked: settings.isAgentChecked,
    ...{ namespace, pods, client, events, log },
  });
  const injection = {
    isEnabled: settings.isInjecting,
    excludedNamespaces: settings.excludedNamespaces,
    labelsOf: (name: string) => namespaces.get(undefined, name)?.labels,
    hasImage: () => agentImage.current() !== undefined,
  };
  const authorities = new AuthorityKeeper(await Authority.load(client, namespace), {
    client,
    namespace,
    log,
    isNeeded: (earlier, present) => !pods.isSynced || pods.list().some((pod) => reliesOn(pod, earlier, present)),
    onChanged: async ({ caPem }) => {
      // The API server must know both before the webhook shows the new one: a pod that is created in between would get no agent.
      await registerAuthority(client, caPem);
      await delay(REGISTERED_MS, undefined, { signal, ref: false }).catch(() => undefined);
      await renew();
      if (isLeading) probeController.reconsider();
    },
  });
  const isTrusting = (pod: ObservedPod): boolean => trusts(pod, authorities.authority.fingerprints);
  metrics.observeDistrust(() => pods.list().filter((pod) => !isTrusting(pod)).length);
  const agentSettings = {
    namespace,
    pullPolicy: settings.agentPullPolicy,
    pullSecrets: settings.agentPullSecrets,
    debugger: settings.debuggerMode,
    resources: settings.agentResources,
    gatewayAddress: await gatewayAddress(client, namespace),
    gatewayAbsenceSeconds: settings.gatewayAbsenceSeconds,
  };
  const permission = { ...injection, isEnabled: settings.isAttaching };
  const probeController = new ProbeController({
    ...{ client, probes, pods, fleet, policies, ownDeployment, isTrusting, events, audit, metrics, log },
    whyNotInjected: (pod) => whyNotInjected(pod, injection),
    attachView: (pod, containerName) => attachController.view(pod, containerName),
    isBusy: () => gateway.isBusy,
  });
  const credentials = new OneTimeCredentials({ onReuse: reportReuse(events, log, metrics) });
  const attachController: AttachController = new AttachController({
    ...{ client, pods, fleet, permission, credentials, events, metrics, log },
    settings: () => {
      const image = agentImage.current();
      return image === undefined ? undefined : { ...agentSettings, caPem: authorities.authority.caPem, image };
    },
    onChange: (pod) => probeController.podChanged(pod),
  });
  const policyController = new PolicyController({
    ...{ client, policies, ofCluster, ofNamespaces, metrics, log },
    probes: probeController,
  });
  const deniedRequests = new DeniedRequests({
    client,
    find: ({ isDefault, namespace: of, name }) =>
      isDefault === true ? undefined : of === undefined ? ofCluster.get(undefined, name) : ofNamespaces.get(of, name),
    onError: warn('refused requests not counted in the status of a policy yet'),
  });
  const injectionController = new InjectionController({ pods, events });
  let isLeading = false;
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => undefined);
  const election = new LeaderElection({
    client,
    namespace,
    name: OPERATOR,
    identity: replicaIdentity(settings),
    onError: warn('lease'),
    onStartedLeading: (leading) => {
      const until = AbortSignal.any([leading, signal]);
      injectionController.start(until);
      agentImage.lead(until);
      // Policies are heard from here on, also while probes are planned: what changes meanwhile must not be missed.
      policyWatch.start();
      policyController.watch();
      // Agents are let in once every probe is planned: what they say of one that is not would not be listened to.
      probeController.start(until).then(() => {
        if (until.aborted) return;
        policyController.start(until);
        attachController.start(until);
        isLeading = true;
        log.info('leading');
      }, failed.reject);
    },
    onStoppedLeading: async () => {
      isLeading = false;
      // Who lost the Lease may have a successor, whose status it must not overwrite.
      if (signal.aborted) await probeController.flush();
    },
  });

  const { first: tls, renew } = await keepServingCertificate({
    authority: () => authorities.authority,
    dnsNames: servingNames(namespace),
    signal,
    onRenewed: (leaf) => {
      gateway.updateCertificate(leaf);
      webhook.updateCertificate(leaf);
    },
    onError: warn('certificate not renewed'),
  });
  const sessions = new SessionTokens({ key: () => authorities.authority.deriveKey(SESSION_KEY_PURPOSE) });
  const authenticator = new UnionAuthenticator({
    serviceAccounts: new Authenticator(client),
    oneTime: credentials,
    sessions,
    isPresent: (identity) => isPresent(pods, identity),
  });
  const gateway = new GatewayServer({
    fleet,
    authenticate: (token) => authenticator.authenticate(token),
    credentialFor: (identity) => sessions.issue(identity),
    isPresent: (identity) => isPresent(pods, identity),
    leader: () => ({ self: isLeading, address: isLeading ? undefined : addressOfOther(election, settings) }),
    tls,
    log: log.child({ server: 'gateway' }),
    metrics,
  });
  await agentImage.load();
  const admitting = {
    ...{ policies, pods, probes, access, now: Date.now },
    isReady: () => [ofCluster, ofNamespaces, namespaces, pods, ...probes].every(({ isSynced }) => isSynced),
    languagesOf: (asked: Probe) => languagesOf(probeController.languagesFor(asked)),
  };
  const approve: Approve = async ({ object, kind: plural, ...asked }) => {
    const kind = PROBE_KINDS.find((one) => probeResource(one).plural === plural);
    if (kind === undefined) return { refused: `${plural} need no approval` };
    const answer = await approveProbe(parseProbe(kind, object), asked, admitting);
    return 'refused' in answer ? answer : { record: JSON.stringify(answer.approvals) };
  };
  const webhook = new AdmissionServer({
    reviewers: {
      [ADMISSION_PATHS.injectPod]: (request) =>
        injectReview(
          request,
          { ...agentSettings, caPem: authorities.authority.caPem, image: agentImage.current() },
          (name) => namespaces.get(undefined, name)?.annotations,
        ),
      [ADMISSION_PATHS.recordRequester]: (request) => recordRequester(request, approve),
      [ADMISSION_PATHS.reviewProbe]: (request) =>
        reviewProbe(
          request,
          (probe) => admitProbe(probe, admitting),
          ({ request: { uid: requestUID }, requester, operation, probe, verdict: { policies: denying, denials } }) => {
            deniedRequests.add(denying);
            audit.write(deniedEntry({ requestUID, operation, probe, requester, denials }));
          },
        ),
      [ADMISSION_PATHS.reviewPolicy]: reviewPolicy,
    },
    tls,
    log: log.child({ server: 'webhook' }),
    metrics,
  });
  const health = new HealthServer({
    registry: metrics.registry,
    waitingFor: () => [
      ...PROBE_KINDS.filter((_, index) => probes[index]?.isSynced !== true),
      ...(pods.isSynced ? [] : ['Pod']),
      ...(namespaces.isSynced ? [] : ['Namespace']),
      ...(ofCluster.isSynced && ofNamespaces.isSynced ? [] : ['InstrumentationPolicy']),
      ...(ownDeployment?.isSynced === false ? ['Deployment'] : []),
    ],
  });
  metrics.observeAgents(() => fleet.connected());
  metrics.observeLeadership(() => isLeading);
  metrics.observeAgentImage(() => agentImage.isCurrent);

  const watching = new AbortController();
  const informers = [
    ...probes,
    pods,
    namespaces,
    ofCluster,
    ofNamespaces,
    ...(ownDeployment === undefined ? [] : [ownDeployment]),
  ];
  for (const informer of informers) informer.start(watching.signal);
  const ports: OperatorPorts = {
    gateway: await gateway.listen(settings.gatewayPort),
    webhook: await webhook.listen(settings.webhookPort),
    metrics: await health.listen(settings.metricsPort),
  };
  onListening?.(ports);
  const caPem = async (): Promise<string> => {
    await authorities.look();
    return authorities.authority.caPem;
  };
  void deniedRequests.run(signal);
  void keepRegistered({ client, caPem, log, signal });
  log.info({ version: VERSION, namespace, ports }, 'serving');

  let serving: Promise<void> | undefined;
  const stopServing = (): Promise<void> => {
    // The API server comes by the addresses of the Service for a while yet, and a pod that it cannot ask about gets no agent.
    const drainMilliseconds = signal.aborted ? settings.drainSeconds * 1000 : 0;
    serving ??= Promise.all([gateway.close(), webhook.close(drainMilliseconds)]).then(() => undefined);
    return serving;
  };
  const stopped = new Promise<'stopped'>((resolve) => {
    if (signal.aborted) resolve('stopped');
    signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  const synced = await Promise.race([Promise.all(informers.map((informer) => informer.synced())), stopped]);
  try {
    // A replica with incomplete caches would take what it has not seen for gone.
    const end =
      synced === 'stopped' ? synced : await Promise.race([leadUntil(election, signal, stopServing), failed.promise]);
    log.info({ end }, 'ended');
    return end;
  } finally {
    await stopServing();
    watching.abort(new Error('the operator stops'));
    const lastWrites = Promise.all([events.flush(), deniedRequests.write(), auditFile?.close()]);
    await Promise.race([lastWrites, new Promise((resolve) => setTimeout(resolve, FLUSH_MS).unref())]);
    await health.close();
  }
}

/** Agents are sent away as soon as the end is known, while the Lease is still being given back: they look for the successor meanwhile. */
async function leadUntil(election: LeaderElection, signal: AbortSignal, stopServing: () => Promise<void>) {
  // Not before the controllers have stopped: they would write of every agent that it is away.
  const begin = (): void => void setImmediate(stopServing);
  signal.addEventListener('abort', begin, { once: true });
  try {
    return await election.run(signal);
  } finally {
    signal.removeEventListener('abort', begin);
  }
}

/** A replica that was elected and has not begun yet must not lead agents to itself. */
function addressOfOther(election: LeaderElection, settings: OperatorSettings): string | undefined {
  const holder = election.currentHolder();
  return holder === replicaIdentity(settings) ? undefined : replicaAddress(holder);
}

async function main(): Promise<void> {
  if (process.argv[2] === 'await-webhook') return await runAwaitWebhook();
  const settings = readSettings(process.env);
  const log = createLog(settings.logLevel);
  const stopping = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => stopping.abort(new Error(`the operator got ${name}`)));
  }
  const client = KubeClient.fromDefault({ userAgent: `davylamp-operator/${VERSION}` });
  try {
    if (process.argv[2] === 'disarm') return await runDisarm(settings, client);
    const end = await runOperator({ settings, client, log, auditStream: createAuditStream, signal: stopping.signal });
    process.exitCode = end === 'lost' ? 1 : 0;
  } catch (error) {
    log.fatal({ error }, 'the operator cannot go on');
    process.exitCode = 1;
  } finally {
    await client.close();
  }
  // Anything that still holds the process, such as a request without an end, must not keep a replica alive that nobody can see.
  setTimeout(() => process.exit(), FLUSH_MS).unref();
}

/** Never fails: where pods may not connect to the Service, the API server still may. */
async function runAwaitWebhook(): Promise<void> {
  const { host, port, seconds } = readAwaitWebhookSettings(process.env);
  const isReachable = await awaitReachable({ host, port, seconds });
  console.log(
    isReachable
      ? 'the webhook can be reached; new pods that ask for the agent get it'
      : `${host}:${port} could not be reached for ${seconds} s; pods that are created now may be left without the agent`,
  );
}

/** Never fails for what it finds: who uninstalls is not to be held up. */
async function runDisarm(settings: OperatorSettings, client: KubeClient): Promise<void> {
  const { namespace, deployment = OPERATOR, disarmSeconds: seconds } = settings;
  const say = (line: string): void => console.log(line);
  const order = `Davylamp is being uninstalled, since ${timeOf(Date.now())}`;
  try {
    const left = await disarm({ client, namespace, deployment, order, seconds, say });
    for (const line of reportOf(left)) say(line);
  } catch (error) {
    say(`probes could not be taken out: ${error instanceof Error ? error.message : String(error)}`);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
