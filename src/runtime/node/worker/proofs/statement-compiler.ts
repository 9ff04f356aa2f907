import type { AnyNode, BlockStatement, Expression, Pattern, Statement, VariableDeclaration } from 'acorn';
import { AssignmentCompiler } from './assignment-compiler.ts';

/** Statements. The guard evaluates their conditions and counts the turns of their loops. */
export abstract class StatementCompiler extends AssignmentCompiler {
  #declaration(node: VariableDeclaration): string {
    if (node.kind !== 'var' && node.kind !== 'let' && node.kind !== 'const') this.refuse('uses using', node);
    const { kind } = node;
    return node.declarations
      .map(({ id, init }) => {
        if (init) return this.declarationOf(kind, id, this.expression(init));
        return id.type === 'Identifier' ? `${kind} ${this.local(id.name)};` : '';
      })
      .join('');
  }

  /** An expression whose value is not used. */
  #effect(node: Expression): string {
    if (node.type === 'UpdateExpression') return this.update(node, true);
    if (node.type === 'SequenceExpression') return `(${node.expressions.map((part) => this.#effect(part)).join()})`;
    return this.expression(node);
  }

  #block(statements: readonly Statement[]): string {
    return `{${statements.map((statement) => this.statement(statement, false)).join('')}}`;
  }

  protected statement(node: AnyNode, isTop: boolean): string {
    switch (node.type) {
      case 'EmptyStatement':
        return ';';
      case 'ExpressionStatement':
        return 'directive' in node && node.directive !== undefined ? '' : `${this.#effect(node.expression)};`;
      case 'BlockStatement':
        return this.#block(node.body);
      case 'VariableDeclaration':
        return this.#declaration(node);
      case 'FunctionDeclaration':
        // In a block, sloppy code declares it twice: in the block and in the function.
        return isTop ? '' : this.refuse('declares a function in a block', node);
      case 'ReturnStatement':
        return node.argument ? `return ${this.expression(node.argument)};` : 'return;';
      case 'IfStatement': {
        const otherwise = node.alternate ? `else{${this.statement(node.alternate, false)}}` : '';
        return `if($.test(${this.expression(node.test)})){${this.statement(node.consequent, false)}}${otherwise}`;
      }
      case 'ForStatement':
        return this.#for(node.init, node.test, node.update, node.body);
      case 'ForOfStatement':
        if (node.await) this.refuse('awaits', node);
        return this.#each(node.left, `$.iterator(${this.expression(node.right)})`, node.body);
      case 'ForInStatement':
        return this.#each(node.left, `$.keysIn(${this.expression(node.right)})`, node.body);
      case 'WhileStatement':
        return `while($.turn(${this.expression(node.test)})){${this.statement(node.body, false)}}`;
      case 'DoWhileStatement':
        return `do{${this.statement(node.body, false)}}while($.turn(${this.expression(node.test)}));`;
      case 'SwitchStatement': {
        const cases = node.cases.map(({ test, consequent }) => {
          const label = test ? `case $.plain(${this.expression(test)}):` : 'default:';
          return `${label}${consequent.map((statement) => this.statement(statement, false)).join('')}`;
        });
        return `switch($.plain(${this.expression(node.discriminant)})){${cases.join('')}}`;
      }
      case 'ThrowStatement':
        return `throw $.plain(${this.expression(node.argument)});`;
      case 'TryStatement':
        return this.#try(node.block, node.handler?.param, node.handler?.body, node.finalizer);
      case 'LabeledStatement':
        return `${this.local(node.label.name)}:${this.statement(node.body, false)}`;
      case 'BreakStatement':
      case 'ContinueStatement': {
        const word = node.type === 'BreakStatement' ? 'break' : 'continue';
        return `${word}${node.label ? ` ${this.local(node.label.name)}` : ''};`;
      }
      default:
        return this.refuse(`has a ${node.type}`, node);
    }
  }

  #for(
    init: VariableDeclaration | Expression | null | undefined,
    test: Expression | null | undefined,
    update: Expression | null | undefined,
    body: Statement,
  ): string {
    const turn = `$.turn(${test ? this.expression(test) : 'true'})`;
    const rest = `;${turn};${update ? this.#effect(update) : ''}){${this.statement(body, false)}}`;
    if (init?.type !== 'VariableDeclaration') return `for(${init ? this.#effect(init) : ''}${rest}`;
    const plain = init.declarations.every(({ id }) => id.type === 'Identifier');
    if (!plain || (init.kind !== 'let' && init.kind !== 'const' && init.kind !== 'var')) {
      return this.refuse('takes a value apart in the head of a loop', init);
    }
    const heads = init.declarations.map(({ id, init: value }) => {
      const name = id.type === 'Identifier' ? this.local(id.name) : '';
      return value ? `${name}=${this.expression(value)}` : name;
    });
    return `for(${init.kind} ${heads.join()}${rest}`;
  }

  #each(left: VariableDeclaration | Pattern, iterator: string, body: Statement): string {
    const next = this.temporary();
    const value = this.temporary();
    let bind: string;
    if (left.type === 'VariableDeclaration') {
      const [declared] = left.declarations;
      if (declared === undefined || (left.kind !== 'let' && left.kind !== 'const' && left.kind !== 'var')) {
        return this.refuse('uses using', left);
      }
      bind = this.declarationOf(left.kind, declared.id, value);
    } else if (left.type === 'Identifier' || left.type === 'MemberExpression') {
      bind = `${this.store(left, value)};`;
    } else {
      const parts: string[] = [];
      this.take(left, value, (target, part) => parts.push(this.store(target, part)), parts);
      bind = `${parts.join(';')};`;
    }
    return `for(let ${next}=${iterator},${value};$.turn((${value}=${next}())!==$.end);){${bind}{${this.statement(body, false)}}}`;
  }

  /** What Davylamp throws to stop an evaluation runs no `catch` and no `finally` of the function. */
  #try(
    block: BlockStatement,
    parameter: Pattern | null | undefined,
    handler: BlockStatement | undefined,
    finalizer: BlockStatement | null | undefined,
  ): string {
    let code = `try${this.#block(block.body)}`;
    if (handler) {
      const error = this.temporary();
      const bind = parameter ? this.declarationOf('let', parameter, error) : '';
      code += `catch(${error}){$.caught(${error});${bind}${this.#block(handler.body)}}`;
    }
    if (!finalizer) return code;
    const error = this.temporary();
    const ours = this.temporary();
    const inner = handler ? `{${code}}` : this.#block(block.body);
    return `{let ${ours}=false;try${inner}catch(${error}){${ours}=$.isOurs(${error});throw ${error}}finally{if(!${ours})${this.#block(finalizer.body)}}}`;
  }
}
