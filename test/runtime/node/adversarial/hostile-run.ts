import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { WireProbe } from '../../../../src/protocol/wire-probe.ts';
import { AgentEnd } from '../harness/agent-end.ts';
import { Application } from '../harness/application.ts';

/** Milliseconds that a program may have stood at most: 10 are allowed to a hit, the rest is what nothing in V8 can interrupt. */
const LONGEST_BUSY = 250;
/** The same by the clock, without the time in which others had the processor. */
const LONGEST = 1500;

const BETWEEN_MILLISECONDS = 50;

/** Limits that leave the deadline of a hit as the only bound. */
export const limits: WireProbe['limits'] = {
  hitsPerSecond: 1000,
  remainingHits: 10_000,
  cpuMillisecondsPerSecond: 1000,
  maxStallMilliseconds: 5000,
  payloadBytes: 65_536,
};

export const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));

/** The line of a fixture that has this text. */
export function lineOf(name: string, text: string): number {
  return (
    readFileSync(fixture(name), 'utf8')
      .split('\n')
      .findIndex((line) => line.includes(text)) + 1
  );
}

export interface HostileOptions {
  readonly node?: string;
  readonly args?: readonly string[];
  readonly nodeArgs?: readonly string[];
  /** It has broken so much that it may not get to the agent. */
  readonly isBroken?: boolean;
}

/** A program that does what it can to meet with a probe badly; it answers each line that it is told. */
export class HostileRun {
  readonly application: Application;
  /** Without one, the program runs as it does without Davylamp. */
  readonly agent: AgentEnd | undefined;

  private constructor(application: Application, agent: AgentEnd | undefined) {
    this.application = application;
    this.agent = agent;
  }

  static async start(name: string, options: HostileOptions = {}, alone = false): Promise<HostileRun> {
    const agent = alone ? undefined : await new AgentEnd().listen();
    const application = await Application.start(fixture(name), {
      ...options,
      run: agent?.directory,
      preloaded: !alone,
    });
    const run = new HostileRun(application, agent);
    await application.line((line) => line === 'ready');
    if (!options.isBroken) await agent?.hello();
    return run;
  }

  /** @returns its answer. */
  async tell(
    line: string,
    isAnswer: (answer: string) => boolean = (answer) => !answer.startsWith('#'),
  ): Promise<string> {
    this.application.lines.length = 0;
    this.application.tell(line);
    return await this.application.line(isAnswer);
  }

  /**
   * Tells it to take until what is wanted has come: pauses are limited in number, and on a busy machine a hit can be out of
   * time. Not as fast as it can, since a process without rest is in distress.
   */
  async takeUntil<T>(wanted: Promise<T>, line = 'take'): Promise<T> {
    for (;;) {
      await this.tell(line);
      const come = await Promise.race([
        wanted.then((value) => ({ value })),
        setTimeout(BETWEEN_MILLISECONDS, undefined),
      ]);
      if (come !== undefined) return come.value;
    }
  }

  /** Fails when the program stood for longer than a hit can be the reason of. */
  async expectNoHang(): Promise<void> {
    const [, wall, busy] = (await this.tell('times', (line) => line.startsWith('#'))).split(' ').map(Number);
    expect(busy, 'milliseconds of the processor').toBeLessThan(LONGEST_BUSY);
    expect(wall, 'milliseconds').toBeLessThan(LONGEST);
  }

  async stop(): Promise<void> {
    await this.application.stop();
    this.agent?.close();
  }
}
