import { expect, test } from 'vitest';
import { findInspector } from '../../src/attach/inspector-client.ts';
import { Entering, fixture, Plain } from '../attach/entered.ts';
import { freePort } from '../free-ports.ts';
import { nodeOf } from './case-run.ts';

test.each(['orders.cjs', 'orders.mjs'])(
  'Node.js 18 with %s is refused as too old, and left as it was',
  async (program) => {
    const port = await freePort();
    const plain = await Plain.node([fixture(program)], { node: nodeOf('18'), port });
    const entering = await Entering.begin();

    await expect(entering.enter(plain.pid)).rejects.toMatchObject({
      reason: 'RuntimeUnsupported',
      message: expect.stringMatching(/v18\.\S+ is too old/),
    });
    expect(await findInspector(port)).toBeUndefined();
    expect(plain.child.exitCode).toBeNull();
  },
);
