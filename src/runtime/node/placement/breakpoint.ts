import type { DebuggerSession } from '../debugger-session.ts';
import type { Site } from '../messages.ts';
import type { Stalls } from '../stalls.ts';
import type { Placed, Placement, Statement } from './placement.ts';

interface Breakpoint {
  id: string | undefined;
  readonly statements: Set<Statement>;
}

/**
 * A V8 breakpoint whose condition does the work. V8 has one breakpoint per position, so statements at the same one share it.
 */
export class BreakpointPlacement implements Placement {
  readonly kind = 'Breakpoint';
  readonly #debugger: DebuggerSession;
  readonly #stalls: Stalls;
  readonly #breakpoints = new Map<string, Breakpoint>();

  constructor(session: DebuggerSession, stalls: Stalls) {
    this.#debugger = session;
    this.#stalls = stalls;
  }

  predictStallMilliseconds(): number {
    return this.#stalls.functionMilliseconds;
  }

  place(site: Site, statement: Statement): Placed {
    const key = `${site.scriptId}:${site.line}:${site.column}`;
    const breakpoint = this.#breakpoints.get(key) ?? { id: undefined, statements: new Set() };
    this.#breakpoints.set(key, breakpoint);
    breakpoint.statements.add(statement);
    try {
      this.#renew(key, site, breakpoint);
    } catch (error) {
      this.#take(key, site, statement);
      throw error;
    }
    return { remove: () => this.#take(key, site, statement) };
  }

  /** Takes everything out at once. */
  clear(): void {
    for (const { id } of this.#breakpoints.values()) if (id !== undefined) this.#debugger.removeBreakpoint(id);
    this.#breakpoints.clear();
  }

  #take(key: string, site: Site, statement: Statement): void {
    const breakpoint = this.#breakpoints.get(key);
    if (!breakpoint?.statements.delete(statement)) return;
    try {
      this.#renew(key, site, breakpoint);
    } catch (error) {
      this.#lose(key, breakpoint, error instanceof Error ? error.message : String(error));
    }
  }

  #lose(key: string, { statements }: Breakpoint, message: string): void {
    this.#breakpoints.delete(key);
    const lost = [...statements];
    statements.clear();
    for (const { onLost } of lost) onLost(message);
  }

  #renew(key: string, site: Site, breakpoint: Breakpoint): void {
    if (breakpoint.id !== undefined) this.#debugger.removeBreakpoint(breakpoint.id);
    breakpoint.id = undefined;
    if (breakpoint.statements.size === 0) {
      this.#breakpoints.delete(key);
      return;
    }
    // `|` and not `||`: every statement has its hit.
    const condition = [...breakpoint.statements].map(({ expression }) => `(${expression})`).join('|');
    this.#stalls.walkOnce(() => {
      breakpoint.id = this.#debugger.setBreakpoint(site, condition);
    });
  }
}
