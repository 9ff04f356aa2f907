import type { Site } from '../../../channel/positions.ts';
import type { DebuggerSession } from '../../debugger/debugger-session.ts';
import type { Stalls } from '../../debugger/stalls.ts';
import { append, mapDelete, mapGet, mapSet } from '../../guard/intrinsics.ts';

interface Breakpoint {
  id: string | undefined;
  statements: readonly Statement[];
}

/** The part of one hook in the condition at a site: an expression in the scope of the line, true when V8 is to pause there. */
export interface Statement {
  readonly expression: string;
  /** V8 refused the new breakpoint when another statement came to or left the site, so that this one is out of the code. */
  readonly onLost: (message: string) => void;
}

/** V8 has one breakpoint per position, so statements at the same one share it. */
export class SharedBreakpoints {
  readonly #debugger: DebuggerSession;
  readonly #stalls: Stalls;
  readonly #breakpoints = new Map<string, Breakpoint>();

  constructor(session: DebuggerSession, stalls: Stalls) {
    this.#debugger = session;
    this.#stalls = stalls;
  }

  /** @returns what takes the statement out again; it never throws. @throws when V8 refuses. */
  place(site: Site, statement: Statement): () => void {
    const key = `${site.scriptId}:${site.line}:${site.column}`;
    const breakpoint = mapGet(this.#breakpoints, key) ?? { id: undefined, statements: [] };
    mapSet(this.#breakpoints, key, breakpoint);
    breakpoint.statements = without(breakpoint.statements, statement);
    append(breakpoint.statements as Statement[], statement);
    try {
      this.#renew(key, site, breakpoint);
    } catch (error) {
      this.#take(key, site, statement);
      throw error;
    }
    return () => this.#take(key, site, statement);
  }

  /** Takes everything out at once. */
  clear(): void {
    for (const [, { id }] of this.#breakpoints) if (id !== undefined) this.#debugger.removeBreakpoint(id);
    this.#breakpoints.clear();
  }

  #take(key: string, site: Site, statement: Statement): void {
    const breakpoint = mapGet(this.#breakpoints, key);
    if (breakpoint === undefined) return;
    const left = without(breakpoint.statements, statement);
    if (left.length === breakpoint.statements.length) return;
    breakpoint.statements = left;
    try {
      this.#renew(key, site, breakpoint);
    } catch (error) {
      this.#lose(key, breakpoint, error instanceof Error ? error.message : String(error));
    }
  }

  #lose(key: string, breakpoint: Breakpoint, message: string): void {
    mapDelete(this.#breakpoints, key);
    const lost = breakpoint.statements;
    breakpoint.statements = [];
    for (let index = 0; index < lost.length; index++) lost[index]?.onLost(message);
  }

  #renew(key: string, site: Site, breakpoint: Breakpoint): void {
    if (breakpoint.id !== undefined) this.#debugger.removeBreakpoint(breakpoint.id);
    breakpoint.id = undefined;
    const { statements } = breakpoint;
    if (statements.length === 0) {
      mapDelete(this.#breakpoints, key);
      return;
    }
    // `|` and not `||`, so that every statement is evaluated.
    let condition = '';
    for (let index = 0; index < statements.length; index++) {
      condition += `${index === 0 ? '' : '|'}(${statements[index]?.expression})`;
    }
    this.#stalls.walkOnce(() => {
      breakpoint.id = this.#debugger.setBreakpoint(site, condition);
    });
  }
}

function without(all: readonly Statement[], one: Statement): Statement[] {
  const others: Statement[] = [];
  for (let index = 0; index < all.length; index++) {
    const other = all[index];
    if (other !== undefined && other !== one) append(others, other);
  }
  return others;
}
