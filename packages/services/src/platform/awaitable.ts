// Values that are mostly there already. An `await` costs more than half a microsecond even where there is nothing to wait
// for, which on the hot path adds up to as much as making a token; so the few places that seldom wait say so.

/** A value, or the promise of one. */
export type Awaitable<Value> = Value | Promise<Value>;

/** Whether a value must be waited for. */
export function isPending<Value>(value: Awaitable<Value>): value is Promise<Value> {
  return value instanceof Promise;
}
