import { randomUUID } from 'node:crypto';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toWireProbe } from '../../../src/protocol/to-wire-probe.ts';
import type { WireProbe } from '../../../src/protocol/wire-probe.ts';
import { AgentEnd } from '../../runtime/node/harness/agent-end.ts';
import { Application } from '../../runtime/node/harness/application.ts';
import type { Case } from './cases.ts';
import type { Seen } from './excess.ts';
import { writeProgram } from './program.ts';

/** Hits of every place in one round, and rounds at least. */
const HITS = 25;
const FEWEST_ROUNDS = 3;
/** Milliseconds; other lives are longer than any test. */
const LONGEST_SHORT_LIFE = 9000;
/** The CPU budget takes hits away by chance, and has tests of its own (limits/budget-model.test.ts): without it, the other limits are reached. */
const NO_BUDGET = { cpuMillisecondsPerSecond: 100_000, maxStallMilliseconds: 10_000 };

/** One process of the program, which takes the probes of many cases, one set after the other. */
export class Shop {
  readonly #agent: AgentEnd;
  readonly #application: Application;
  readonly #directory: string;
  #wires: readonly WireProbe[] = [];
  /** Milliseconds since 1970: before anything is placed. */
  #begin = 0;

  private constructor(agent: AgentEnd, application: Application, directory: string) {
    this.#agent = agent;
    this.#application = application;
    this.#directory = directory;
  }

  static async open(): Promise<Shop> {
    const directory = realpathSync(mkdtempSync(join(tmpdir(), 'davylamp-enforced-')));
    const agent = await new AgentEnd().listen();
    const application = await Application.start(writeProgram(directory), { run: agent.directory, cwd: directory });
    await application.line((line) => line === 'ready');
    await agent.hello();
    return new Shop(agent, application, directory);
  }

  async close(): Promise<void> {
    await this.#application.stop();
    this.#agent.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Places the probes of all cases at once. Lives that are short begin when all are placed. */
  async place(cases: readonly Case[]): Promise<void> {
    this.#begin = Date.now();
    const wires = cases.map(({ effective }): WireProbe => {
      const own = { ...effective, metadata: { ...effective.metadata, uid: randomUUID() } };
      const wire = toWireProbe(own, { now: this.#begin });
      return { ...wire, limits: { ...wire.limits, ...NO_BUDGET } };
    });
    this.#agent.results.length = 0;
    await this.#agent.desire(...wires);
    const now = Date.now();
    this.#wires = wires.map((wire, index) => {
      const left = cases[index]?.leftMilliseconds;
      return left === undefined ? wire : { ...wire, expireTime: now + left };
    });
    await this.#agent.desire(...this.#wires);
  }

  /** Runs through all places. */
  async hit(): Promise<void> {
    const before = this.#application.lines.length;
    this.#application.tell(`${HITS}`);
    await this.#application.until(() => this.#application.lines.length > before);
  }

  /** Runs through all places until every short life is over, and once more. @returns what was seen of each probe. */
  async outlive(): Promise<Seen[]> {
    const ends = this.#wires
      .map(({ expireTime }) => expireTime)
      .filter((end) => end < this.#begin + LONGEST_SHORT_LIFE);
    const last = Math.max(this.#begin, ...ends);
    for (let round = 0; round < FEWEST_ROUNDS || Date.now() <= last; round++) await this.hit();
    const late = Date.now();
    await this.hit();
    return await this.seen(late);
  }

  /** @param late when every short life was over, in milliseconds since 1970. */
  async seen(late = Date.now()): Promise<Seen[]> {
    // All hits are counted by now, so the answer to the same set says how many results there must be.
    const states = new Map((await this.#agent.desire(...this.#wires)).map((state) => [state.uid, state]));
    const resultsOf = (uid: string) => this.#agent.results.filter((result) => result.uid === uid);
    await this.#agent.until(() => [...states].every(([uid, { hits }]) => resultsOf(uid).length >= hits));
    return this.#wires.map(({ uid, expireTime }) => {
      const state = states.get(uid);
      if (state === undefined) throw new Error('a probe without a state');
      return { results: resultsOf(uid), state, begin: this.#begin, late, expireTime };
    });
  }
}
