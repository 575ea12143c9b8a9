/** The host's side of `require`: what the guest's kernel asks while it loads a CommonJS module. */
import type { HostOperation, LocatedModule, RequiredModule } from '../guest/contract.js';
import { folderOf, urlOf } from '../module-names.js';
import type { Engine } from './engine.js';
import type { Borrowed, Completion, GuestError, Handle } from './engine-port.js';
import { engineFrames } from './inspect/frames.js';
import { type ModuleGraph, requiringModule } from './module-graph.js';

/** What the kernel asks about modules. */
export type ModuleOperation = Extract<HostOperation, 'require' | 'locate' | 'compile' | 'evaluate'>;

type Outcome = 'value' | 'thrown' | 'pending';

export class Requires {
  /**
   * @param engine may be called once it runs
   * @param isInterrupted whether the guest is to be stopped: then it gets no answer
   * @param newError makes an error for the guest
   * @param onThrown hears of what a module threw, which `require` throws on: its promise is nobody's concern
   */
  constructor(
    private readonly graph: ModuleGraph,
    private readonly engine: () => Engine,
    private readonly isInterrupted: () => boolean,
    private readonly newError: (error: GuestError) => Handle,
    private readonly onThrown: (error: Handle) => void,
  ) {}

  /** Serves a call from the kernel, whose arguments are the contract's. */
  serve(operation: ModuleOperation, args: readonly Borrowed[]): Handle | undefined {
    const [first = '', second = '', third = '', fourth = ''] = args.map((arg) => this.engine().string(arg));
    switch (operation) {
      case 'require':
        return this.#require(first, second, third, fourth);
      case 'locate':
        return this.#locate(first === 'import' ? 'import' : 'require', second, third, fourth);
      case 'compile':
        return this.#compile(first);
      case 'evaluate':
        return this.#evaluate(first);
    }
  }

  #require(base: string, specifier: string, stack: string, running: string): Handle | undefined {
    const frames = filesOf(stack);
    const importer = this.#importer(base, frames);
    const required = this.graph.require(importer, specifier, JSON.parse(running) as string[], frames);
    return this.#answer(required.kind === 'refused' ? required : replyOf(required));
  }

  #locate(kind: 'import' | 'require', base: string, specifier: string, stack: string): Handle | undefined {
    const located = this.graph.locate(this.#importer(base, filesOf(stack)), specifier, kind);
    if ('error' in located) return this.#answer({ kind: 'refused', error: located.error });
    const { path } = located;
    return this.#answer(
      path === undefined
        ? { url: specifier, filename: specifier }
        : { url: urlOf(path), filename: `/${path}` },
    );
  }

  #compile(identity: string): Handle | undefined {
    const module = this.graph.load(identity);
    if ('error' in module) return this.#outcome({ kind: 'thrown', value: this.newError(module.error) });
    return this.#outcome(this.#run(() => this.engine().evaluate(module.code, identity, 'script')));
  }

  #evaluate(identity: string): Handle | undefined {
    const engine = this.engine();
    const code = `import * as namespace from ${JSON.stringify(identity)}; export { namespace as default };`;
    const completion = this.#run(() => engine.evaluate(code, requiringModule, 'module'));
    if (completion.kind === 'thrown') this.onThrown(completion.value);
    if (completion.kind === 'thrown' || this.isInterrupted()) return this.#outcome(completion);
    const { value } = completion;
    if (engine.promiseState(value) === 'pending') return this.#outcome(completion, 'pending');
    const namespace = engine.property(value, 'default');
    engine.free(value);
    return this.#outcome({ kind: 'value', value: namespace });
  }

  /** The module whose code calls: of the global `require`, the code that is nearest on the stack. */
  #importer(base: string, frames: readonly string[]): string {
    return base === '' ? (frames.find((name) => this.graph.knows(name)) ?? '') : base;
  }

  /** Guest code has its own cap, also in the middle of a call of ours. */
  #run(work: () => Completion): Completion {
    return this.engine().memory.asGuest(work);
  }

  #outcome({ kind, value }: Completion, outcome: Outcome = kind): Handle | undefined {
    const engine = this.engine();
    const name = engine.newString(outcome);
    const pair = this.isInterrupted() ? undefined : engine.newArray(name, value);
    engine.free(name);
    engine.free(value);
    return pair;
  }

  #answer(answer: RequiredModule | LocatedModule): Handle | undefined {
    return this.isInterrupted() ? undefined : this.engine().newString(JSON.stringify(answer));
  }
}

function replyOf(required: Exclude<ReturnType<ModuleGraph['require']>, { kind: 'refused' }>): RequiredModule {
  const { identity } = required;
  if (required.kind === 'module') {
    return {
      kind: 'module',
      identity,
      filename: required.filename,
      exports: required.isPlain ? 'default' : 'namespace',
    };
  }
  const { path } = required;
  return { kind: 'commonjs', identity, filename: `/${path}`, dirname: `/${folderOf(path)}` };
}

const filesOf = (stack: string): string[] => engineFrames(stack).map(({ file }) => file);
