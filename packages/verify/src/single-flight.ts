// One asking at a time for one thing: who asks while it is under way waits for the same answer.

/** Runs what it is given, once at a time for a key. */
export type SingleFlight<T> = (key: string, start: () => Promise<T>) => Promise<T>;

/** Makes a single flight. Bounded by what is under way, each of which has a time limit of its own. */
export function createSingleFlight<T>(): SingleFlight<T> {
  const underWay = new Map<string, Promise<T>>();
  return (key, start) => {
    const known = underWay.get(key);
    if (known !== undefined) return known;
    const flight = start().finally(() => {
      if (underWay.get(key) === flight) underWay.delete(key);
    });
    underWay.set(key, flight);
    return flight;
  };
}
