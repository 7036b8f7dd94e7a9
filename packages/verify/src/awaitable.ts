// A value, or the promise of one. A promise costs a microsecond or so, each: where the value is there, none is made.

/** A value, or the promise of it. */
export type Awaitable<T> = T | Promise<T>;

/** Goes on with a value: now, where it is there. */
export function after<T, U>(value: Awaitable<T>, goOn: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(goOn) : goOn(value);
}
