/** What a session's capabilities allow: nothing that no rule names, and any rule that denies wins. */
import { z } from 'zod';
import type { Capability, CapabilityKind } from '../../../../shared/models.js';
import { ServiceError } from '../service-error.js';
import { pathMatcher } from './path-patterns.js';
import { matchesWildcards } from './wildcards.js';

export type FileAccess = 'read' | 'write';

const ExecArguments = z.object({ args: z.array(z.string()).optional() });

/** The end of a refusal for want of a grant. */
const howGranted = 'its template must grant it (a live session has a new grant after its restart)';

/** A call that no capability allows, as guest code sees it. */
export class CapabilityDenied extends ServiceError {
  /** @param denying the rule that denies it, when one does */
  constructor(kind: CapabilityKind, target: string, denying: Capability | undefined) {
    const what = `${kind} capability for ${JSON.stringify(denying?.name ?? target)}`;
    super(
      'CAPABILITY_DENIED',
      denying === undefined
        ? `The session has no ${what}; ${howGranted}`
        : `The session's ${what} denies ${JSON.stringify(target)}`,
    );
  }
}

/** How the rules of a kind judge something. */
type Judgement =
  | { readonly allowed: true; readonly rule: Capability }
  | { readonly allowed: false; readonly denying: Capability | undefined };

export class Grants {
  #rules: readonly Capability[];
  readonly #patterns = new Map<string, (path: string) => boolean>();

  constructor(capabilities: readonly Capability[]) {
    this.#rules = capabilities.filter(({ enabled }) => enabled);
  }

  /** Goes by these capabilities from now on. */
  replace(capabilities: readonly Capability[]): void {
    this.#rules = capabilities.filter(({ enabled }) => enabled);
  }

  allowsModule(name: string): boolean {
    return this.judge('module', (rule) => rule.name === name).allowed;
  }

  /** What a module does may be done by the global of its name, too. @throws ServiceError `MODULE_NOT_ALLOWED` */
  requireModule(name: string): void {
    if (this.allowsModule(name) || this.judge('global', (rule) => rule.name === name).allowed) return;
    throw new ServiceError('MODULE_NOT_ALLOWED', `The session has no module ${name}; ${howGranted}`);
  }

  /** @param file worktree relative; '' is the worktree itself */
  allowsFile(file: string, access: FileAccess): boolean {
    return this.#judgeFile(file, access).allowed;
  }

  /**
   * @param file worktree relative; '' is the worktree itself
   * @throws CapabilityDenied
   */
  requireFile(file: string, access: FileAccess): void {
    const judgement = this.#judgeFile(file, access);
    if (!judgement.allowed) throw new CapabilityDenied('fs', file === '' ? '.' : file, judgement.denying);
  }

  /**
   * @param program absolute path
   * @returns the rule that allows it with these arguments
   * @throws CapabilityDenied
   */
  requireProgram(program: string, args: readonly string[]): Capability {
    const judgement = this.judge('exec', (rule) => rule.name === program && concernsArguments(rule, args));
    if (judgement.allowed) return judgement.rule;
    throw new CapabilityDenied('exec', [program, ...args].join(' ').slice(0, 200), judgement.denying);
  }

  /** Names of the environment variables that are granted. */
  variables(): string[] {
    const names = new Set(this.#rules.filter(({ kind }) => kind === 'env').map(({ name }) => name));
    return [...names].filter((each) => this.judge('env', ({ name }) => name === each).allowed);
  }

  /** Names of the globals that are granted. */
  globals(): string[] {
    const names = new Set(this.#rules.filter(({ kind }) => kind === 'global').map(({ name }) => name));
    return [...names].filter((each) => this.judge('global', ({ name }) => name === each).allowed);
  }

  /** Judges by the rules of a kind that match. */
  judge(kind: CapabilityKind, matches: (rule: Capability) => boolean): Judgement {
    const rules = this.#rules.filter((rule) => rule.kind === kind && matches(rule));
    const denying = rules.find(({ effect }) => effect === 'deny');
    const [rule] = rules;
    return denying !== undefined || rule === undefined
      ? { allowed: false, denying }
      : { allowed: true, rule };
  }

  #judgeFile(file: string, access: FileAccess): Judgement {
    return this.judge('fs', (rule) => covers(rule, access) && this.#matches(rule.name, file));
  }

  #matches(pattern: string, file: string): boolean {
    // The worktree itself has no name that a pattern could match.
    if (file === '') return pattern === '**' || pattern === '.';
    const known = this.#patterns.get(pattern);
    if (known !== undefined) return known(file);
    const matches = pathMatcher(pattern);
    this.#patterns.set(pattern, matches);
    return matches(file);
  }
}

/** A rule that denies a path denies it whole unless its config names what it denies; one that allows it, reading. */
function covers({ config, effect }: Capability, access: FileAccess): boolean {
  const { read, write } = config;
  if (effect === 'deny') return config[access] === true || (read !== true && write !== true);
  return access === 'read' ? read !== false : write === true;
}

/** A rule that allows a program wants each argument to match a pattern of its; one that denies it, any argument. */
function concernsArguments({ config, effect }: Capability, args: readonly string[]): boolean {
  const { args: patterns } = ExecArguments.parse(config);
  if (patterns === undefined) return true;
  const matches = (arg: string) => patterns.some((pattern) => matchesWildcards(pattern, arg));
  return effect === 'deny' ? args.some(matches) : args.every(matches);
}
