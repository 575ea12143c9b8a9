/** What a session's capabilities allow: nothing that no rule names, and any rule that denies wins. */
import picomatch from 'picomatch';
import type { Capability, CapabilityKind } from '../../../../shared/models.js';
import { ServiceError } from '../service-error.js';

/** A call that no capability allows, as guest code sees it. */
class CapabilityDenied extends ServiceError {
  constructor(kind: CapabilityKind, target: string) {
    super(
      'CAPABILITY_DENIED',
      `The session has no ${kind} capability for ${JSON.stringify(target)}; its template must grant it`,
    );
  }
}

export class Grants {
  readonly #rules: readonly Capability[];

  constructor(capabilities: readonly Capability[]) {
    this.#rules = capabilities.filter(({ enabled }) => enabled);
  }

  allowsModule(name: string): boolean {
    return this.#allowed('module', (rule) => rule.name === name) !== undefined;
  }

  /**
   * @param file worktree relative
   * @throws CapabilityDenied
   */
  requireFile(file: string, access: 'read' | 'write'): void {
    const matches = (rule: Capability) => picomatch.isMatch(file, rule.name, { dot: true });
    if (this.#allowed('fs', (rule) => matches(rule) && covers(rule, access)) === undefined) {
      throw new CapabilityDenied('fs', file);
    }
  }

  /**
   * @param program absolute path
   * @returns the rule that allows it
   * @throws CapabilityDenied
   */
  requireProgram(program: string): Capability {
    const rule = this.#allowed('exec', ({ name }) => name === program);
    if (rule === undefined) throw new CapabilityDenied('exec', program);
    return rule;
  }

  /** Names of the environment variables that are granted. */
  variables(): string[] {
    const names = this.#rules.filter(({ kind }) => kind === 'env').map(({ name }) => name);
    return names.filter((each) => this.#allowed('env', ({ name }) => name === each) !== undefined);
  }

  #allowed(kind: CapabilityKind, matches: (rule: Capability) => boolean): Capability | undefined {
    const rules = this.#rules.filter((rule) => rule.kind === kind && matches(rule));
    return rules.some(({ effect }) => effect === 'deny') ? undefined : rules[0];
  }
}

/** A rule that denies a path denies it whole unless its config names what it denies; one that allows it, reading. */
function covers({ config, effect }: Capability, access: 'read' | 'write'): boolean {
  const { read, write } = config;
  if (effect === 'deny') return config[access] === true || (read !== true && write !== true);
  return access === 'read' ? read !== false : write === true;
}
