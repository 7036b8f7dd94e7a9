// Whether a value from outside is what it should be: an answer may come from a proxy, and a storage is everybody's.

/** Whether a value that was read from JSON has the members of the example `shape`, each of its kind: text, number, list, object. */
export function fits(shape: object, value: unknown): boolean {
  return Object.entries(shape).every(
    ([name, example]) => (value as Record<string, unknown> | null)?.[name]?.constructor === example.constructor,
  );
}
