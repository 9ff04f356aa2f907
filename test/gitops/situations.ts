import type { Probe } from '../../src/api/kinds.ts';
import { REASONS } from '../../src/api/reasons.ts';
import type { AttachView } from '../../src/controllers/attach/view.ts';
import { dynamicLog, snapshot } from '../controllers/probes/fixtures.ts';
import { ProbeInCluster } from './probe-in-cluster.ts';

/** A probe as a GitOps tool finds it, and what the two ways of reading it say. */
export interface Situation {
  readonly probe: Probe;
  readonly wantHealth: 'Healthy' | 'Progressing' | 'Degraded' | 'Suspended';
  readonly wantKstatus: 'Current' | 'InProgress' | 'Failed';
}

/** Reasons of Ready that are still to come. */
export const COMING_REASONS = ['AwaitingApproval', 'Stopped', 'QuotaExceeded'];

const LATER = 24 * 3_600_000;
const refused = { state: 'Failed', reason: 'LineNotExecutable', message: 'nearest is 44' } as const;
const notLoaded = { state: 'Waiting', reason: 'FileNotLoaded' } as const;
const distressed = { state: 'Suspended', reason: 'ProcessInDistress', message: 'its heap is nearly full' } as const;

type Happen = (cluster: ProbeInCluster) => void;

function after(happen: Happen, probe?: Probe): Probe {
  const cluster = new ProbeInCluster(probe);
  happen(cluster);
  return cluster.look().probe;
}

function reads(
  wantHealth: Situation['wantHealth'],
  wantKstatus: Situation['wantKstatus'],
  happen: Happen,
  probe?: Probe,
): Situation {
  return { probe: after(happen, probe), wantHealth, wantKstatus };
}

const armed: Happen = (cluster) => {
  cluster.runPod('a');
  cluster.look();
};

/** Its process has answered, and has no probe. */
const withoutIt: Happen = (cluster) => {
  cluster.startPod('a');
  cluster.letGo('a');
};

const expired: Happen = (cluster) => {
  armed(cluster);
  cluster.now += LATER;
  cluster.look();
};

/** Armed in the pods a and b, which together have reached the limit. */
const atLimit: Happen = (cluster) => {
  for (const name of ['a', 'b']) cluster.runPod(name);
  cluster.look();
  cluster.answer('a', { hits: 2 });
  cluster.answer('b', { hits: 1 });
  cluster.look();
};

const stopped: Happen = (cluster) => {
  armed(cluster);
  cluster.order = 'the test says so';
  cluster.look();
  cluster.letGo('a');
};

/** As the operator will write it when it has the reason. */
function heldFor(reason: string): Situation {
  const probe: Probe = JSON.parse(JSON.stringify(after(stopped)).replaceAll('AllDisarmed', reason));
  return { probe, wantHealth: 'Suspended', wantKstatus: 'InProgress' };
}

const limited = dynamicLog({ spec: { limits: { maxHits: 3 } } });
const invalid = dynamicLog({ spec: { condition: 'order.id ===' } });
const attaching: AttachView = {
  ...{ isPermitted: true as const, container: 'app', entered: undefined },
  state: { state: 'Waiting', reason: 'Attaching', message: REASONS.Attaching.means },
};

export const SITUATIONS: Readonly<Record<string, Situation>> = {
  // By the rules of kstatus an object without any condition is complete; docs/gitops.md says what to do about it.
  'the operator has not seen it': { probe: dynamicLog(), wantHealth: 'Progressing', wantKstatus: 'Current' },
  'the operator has not seen its last change': {
    probe: { ...dynamicLog({ generation: 2 }), status: after(armed).status },
    wantHealth: 'Progressing',
    wantKstatus: 'InProgress',
  },

  'it is armed': reads('Healthy', 'Current', armed),
  'it is a Snapshot, and armed': reads('Healthy', 'Current', armed, snapshot()),
  'one of two pods refuses it': reads('Healthy', 'Current', (cluster) => {
    cluster.runPod('a');
    cluster.runPod('b', refused);
  }),
  'it is over its CPU budget': reads('Healthy', 'Current', (cluster) => {
    cluster.runPod('a', { state: 'Suspended', reason: 'BudgetExceeded' });
  }),
  'it is armed, and a new pod has not answered': reads('Healthy', 'InProgress', (cluster) => {
    armed(cluster);
    cluster.startPod('b');
  }),

  'its only process has not answered': reads('Progressing', 'InProgress', (cluster) => cluster.startPod('a')),
  'an agent is being added to its running pod': reads('Progressing', 'InProgress', (cluster) => {
    cluster.attachView = attaching;
    cluster.addPod('a', { hasAgent: false });
  }),

  'no pod matches': reads('Healthy', 'InProgress', () => {}),
  'no pod that matches runs': reads('Healthy', 'InProgress', (cluster) => cluster.addPod('a', { phase: 'Pending' })),
  'its file is not loaded yet': reads('Healthy', 'InProgress', (cluster) => cluster.runPod('a', notLoaded)),
  'its process is in distress': reads('Healthy', 'InProgress', (cluster) => cluster.runPod('a', distressed)),
  'its agent has gone away': reads('Healthy', 'InProgress', (cluster) => {
    armed(cluster);
    cluster.disconnect('a');
  }),
  'one pod refuses it, and another one waits for its file': reads('Healthy', 'InProgress', (cluster) => {
    cluster.runPod('a', refused);
    cluster.runPod('b', notLoaded);
  }),

  'every pod refuses it': reads('Degraded', 'Failed', (cluster) => {
    for (const name of ['a', 'b']) cluster.runPod(name, refused);
  }),
  'its pods were started without the agent': reads('Degraded', 'Failed', (cluster) => {
    cluster.addPod('a', { hasAgent: false });
  }),
  'an expression is wrong': reads('Degraded', 'Failed', withoutIt, invalid),
  'a change made an expression wrong, and a process still has what was before': reads(
    'Degraded',
    'InProgress',
    (cluster) => {
      armed(cluster);
      cluster.change(invalid.spec);
    },
  ),

  'it has expired': reads('Healthy', 'Current', (cluster) => {
    expired(cluster);
    cluster.letGo('a');
  }),
  'it has expired, and a process still has it': reads('Healthy', 'InProgress', expired),
  'it has reached its limit': reads(
    'Healthy',
    'Current',
    (cluster) => {
      atLimit(cluster);
      for (const name of ['a', 'b']) cluster.letGo(name);
    },
    limited,
  ),
  'it has reached its limit, and an agent went away with it': reads(
    'Healthy',
    'InProgress',
    (cluster) => {
      atLimit(cluster);
      cluster.letGo('a');
      cluster.disconnect('b');
    },
    limited,
  ),

  'somebody ordered every probe out': reads('Suspended', 'InProgress', stopped),
  ...Object.fromEntries(COMING_REASONS.map((reason) => [`it is held for ${reason}`, heldFor(reason)])),
};
