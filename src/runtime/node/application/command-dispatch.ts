import type { Command, CommandEnvelope } from '../channel/commands.ts';
import type { Notice } from '../channel/notices.ts';
import type { ScriptInfo } from '../channel/script-info.ts';
import { sampleHealth } from './budget/health-sample.ts';
import type { DebuggerSession } from './debugger/debugger-session.ts';
import type { Stalls } from './debugger/stalls.ts';
import type { Proofs } from './guard/proven/proofs.ts';
import type { Placements } from './placement/placements.ts';
import type { ScriptCatalog } from './placement/script-catalog.ts';
import type { ProbeRegistry } from './probe-registry.ts';

/** The parts of the engine that carry out commands. */
export interface CommandMeans {
  readonly placements: Placements;
  readonly probes: ProbeRegistry;
  readonly catalog: ScriptCatalog;
  readonly session: DebuggerSession;
  readonly stalls: Stalls;
  readonly clock: { readonly now: () => number };
  readonly proofs: Proofs;
  readonly notify: (notice: Notice) => void;
  readonly onScripts: (scripts: ScriptInfo[]) => void;
  /** Takes all probes out of the process. */
  readonly removeAll: () => void;
}

/** Carries out the worker's commands, one at a time: each is answered by one reply, also when it fails. */
export class CommandDispatch {
  readonly #means: CommandMeans;
  #isBusy = false;

  constructor(means: CommandMeans) {
    this.#means = means;
  }

  /** Whether a command is being carried out. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Carries out a command and replies. Never throws. @param isInterrupted whether the thread was interrupted for it. */
  handle({ id, command }: CommandEnvelope, isInterrupted: boolean): void {
    this.#isBusy = true;
    const { notify } = this.#means;
    try {
      notify({ type: 'reply', id, answer: this.#carryOut(command, isInterrupted) });
    } catch (error) {
      notify({ type: 'reply', id, error: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#isBusy = false;
    }
  }

  #carryOut(command: Command, isInterrupted: boolean): unknown {
    const { placements, probes, catalog, session, proofs, removeAll, onScripts } = this.#means;
    switch (command.type) {
      case 'enable': {
        const refused = placements.get(command.placement).readiness?.enable(command.maxStallMilliseconds);
        if (refused === undefined && !catalog.isHeard) catalog.listen(onScripts);
        return refused;
      }
      case 'prepare':
        return placements.get(command.placement).readiness?.prepare(command.maxStallMilliseconds);
      case 'warmUp':
        return placements.get(command.placement).readiness?.warmUp() ?? false;
      case 'release':
        return this.#release(command.maxStallMilliseconds);
      case 'possible':
        return session.possibleBreakpoints(command.scriptId, command.start, command.end);
      case 'source':
        // The debugger also knows scripts that have no URL, which are not in the catalog.
        return (catalog.originOf(command.scriptId) ?? session).source(command.scriptId);
      case 'arm':
        return probes.arm(command.plan);
      case 'rearm':
        return probes.rearm(command.uid);
      case 'goOn':
        return probes.goOn(command.uid, command.again);
      case 'disarm':
        return probes.disarm(command.uid);
      case 'watch':
        return probes.find(command.uid)?.lookAgain();
      case 'settle':
        return probes.find(command.uid)?.settle(command.ticket, command.leaves);
      case 'health':
        return { ...sampleHealth(), isInterrupted };
      case 'scopes':
        return proofs.place(command.id, command.wanted);
      case 'proof':
        return proofs.settle(command.id, command.answer);
      case 'disable':
      case 'end':
        return removeAll();
    }
  }

  /**
   * Lets V8 optimize functions again that it was asked about, for as long as the process may stand.
   * @returns whether there are more that fit into another turn.
   */
  #release(maxStallMilliseconds: number): boolean {
    const { stalls, session, clock } = this.#means;
    const each = stalls.functionMilliseconds;
    const started = clock.now();
    do {
      if (each > maxStallMilliseconds || !session.settleNext()) return false;
    } while (clock.now() - started + each <= maxStallMilliseconds);
    return true;
  }
}
