import { beforeAll, describe, expect, it } from 'vitest';
import { SYSTEM } from './install.ts';
import { apply, kubectl, tryKubectl, untilStatus } from './kubectl.ts';
import { deployOrders, deployProgram, dynamicLog, freshNamespace, podOf, pods } from './workloads.ts';

describe('who may do what', () => {
  const mine = 'e2e-access-mine';
  const theirs = 'e2e-access-theirs';

  beforeAll(async () => {
    await freshNamespace(mine);
    await freshNamespace(theirs);
    await apply(mine, {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'editors' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'edit' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'alice' }],
    });
    await apply(theirs, dynamicLog('secret-plan', 'orders', { function: 'OrderService.place' }, 'x'));
  });

  it('lets a user who may edit a namespace create and read probes there', async () => {
    const can = (...words: string[]) => tryKubectl('auth', 'can-i', ...words, '--as=alice', '-n', mine);
    expect((await can('create', 'dynamiclogs.davylamp.dev')).stdout.trim()).toBe('yes');
    expect((await can('get', 'snapshots.davylamp.dev')).stdout.trim()).toBe('yes');
    expect((await can('patch', 'dynamiclogs.davylamp.dev', '--subresource=status')).stdout.trim()).toBe('no');
  });

  it('lets the same user neither create nor read probes in another namespace', async () => {
    const read = await tryKubectl('get', 'dlog', '-n', theirs, '--as=alice');
    expect(read.code).not.toBe(0);
    expect(read.stderr).toContain('forbidden');
    const create = await tryKubectl('create', '-n', theirs, '--as=alice', '-f', 'examples/dynamiclog.yaml');
    expect(create.code).not.toBe(0);
    expect(create.stderr).toContain('forbidden');
  });

  it('never matches pods of another namespace', async () => {
    await deployOrders(theirs);
    await apply(mine, dynamicLog('reach-out', 'orders', { function: 'OrderService.place' }, 'x'));
    const object = await untilStatus(
      mine,
      'dlog',
      'reach-out',
      'conditions',
      (status) => status.conditions?.length > 0,
    );
    expect(object.status.pods.matched).toBe(0);
  });

  it('refuses an agent without a token, with a wrong audience, and with a token that is bound to no pod', async () => {
    await deployProgram(mine, 'dialer', { files: { 'main.js': 'setInterval(() => {}, 1000);' }, inject: false });
    const pod = await podOf(mine, 'dialer');
    const dial = async (token: string): Promise<string> => {
      const script = `const https=require('https');const r=https.request('https://davylamp-gateway.${SYSTEM}.svc:8443/agents',{rejectUnauthorized:false,headers:{Connection:'Upgrade',Upgrade:'websocket','Sec-WebSocket-Key':'dGhlIHNhbXBsZSBub25jZQ==','Sec-WebSocket-Version':'13','Sec-WebSocket-Protocol':'davylamp.v1',...(process.argv[1]?{Authorization:'Bearer '+process.argv[1]}:{})}});
        const done=(s,h)=>{ if(s===307){ again(h.location.replace('wss','https')); } else { console.log(s); process.exit(); } };
        const again=(u)=>{const q=https.request(u,{rejectUnauthorized:false,headers:r.getHeaders()});q.on('response',m=>done(m.statusCode,m.headers));q.on('upgrade',()=>done(101,{}));q.end();};
        r.on('response',m=>done(m.statusCode,m.headers));r.on('upgrade',()=>done(101,{}));r.on('error',e=>{console.log(e.message);process.exit()});r.end();`;
      return (await kubectl('exec', pod, '-n', mine, '-c', 'app', '--', 'node', '-e', script, token)).trim();
    };
    const token = async (...more: string[]) =>
      (await kubectl('create', 'token', 'default', '-n', mine, ...more)).trim();
    const [{ metadata }] = await pods(mine, 'dialer');
    const bound = ['--bound-object-kind=Pod', `--bound-object-name=${pod}`, `--bound-object-uid=${metadata.uid}`];

    expect(await dial('')).toBe('401');
    expect(await dial('nonsense')).toBe('401');
    expect(await dial(await token(...bound))).toBe('401');
    expect(await dial(await token('--audience=gateway.davylamp.dev'))).toBe('403');
    expect(await dial(await token('--audience=gateway.davylamp.dev', ...bound))).toBe('101');
  });
});
