import type { Core } from '../core/core.js';

/** What can be called of a class, without what it keeps to itself. */
type Callable<T> = { readonly [K in keyof T]: T[K] };

/** The part of core that is served over the wire. Whoever opened core closes it. */
export interface CoreApi extends Pick<Core, 'catalog' | 'health' | 'summary' | 'setTrust' | 'clientGone'> {
  readonly changes: Pick<Core['changes'], 'subscribe'>;
  readonly templates: Callable<Core['templates']>;
  readonly sessions: Callable<Core['sessions']>;
  readonly checkpoints: Callable<Core['checkpoints']>;
  readonly executions: Callable<Core['executions']>;
  readonly inspection: Callable<Core['inspection']>;
}
