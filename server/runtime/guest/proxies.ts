/**
 * Knows every proxy of the guest and its target. The language has no way to tell a proxy from other objects, and to
 * touch one is to run its traps; so the global constructor is wrapped, which is the guest's only way to make one.
 */
import { define, defineAll } from './define.js';
import { NativeTypeError, NativeWeakMap, bind, weakMapGet, weakMapHas, weakMapSet } from './intrinsics.js';

const NativeProxy = Proxy;
const nativeRevocable = Proxy.revocable;

/** Target by proxy; null once the proxy is revoked. */
const targets = new NativeWeakMap<object, object | null>();

export function isProxy(value: object): boolean {
  return weakMapHas(targets, value);
}

/** @returns the target of a known proxy, null when it is revoked */
export function proxyTarget(proxy: object): object | null {
  return weakMapGet(targets, proxy) ?? null;
}

function construct(target: object, handler: ProxyHandler<object>): object {
  if ((new.target as unknown) === undefined) throw new NativeTypeError("Constructor Proxy requires 'new'");
  const proxy = new NativeProxy(target, handler);
  weakMapSet(targets, proxy, target);
  return proxy;
}

// A method, so that it has no `prototype`, like the native one.
const statics = {
  revocable(target: object, handler: ProxyHandler<object>): { proxy: object; revoke: () => void } {
    const { proxy, revoke } = nativeRevocable(target, handler);
    weakMapSet(targets, proxy, target);
    return {
      proxy,
      revoke: () => {
        weakMapSet(targets, proxy, null);
        revoke();
      },
    };
  },
};

/** Replaces the global. A bound function has, as the real one, no `prototype` and native-looking source text. */
export function installProxy(): void {
  const wrapped = bind(construct, undefined);
  define(wrapped, 'name', 'Proxy');
  define(wrapped, 'length', 2);
  defineAll(wrapped, statics);
  define(globalThis, 'Proxy', wrapped);
}
