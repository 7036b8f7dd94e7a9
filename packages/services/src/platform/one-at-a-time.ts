// Lets a piece of work run once at a time. What is asked for while it runs is answered by one further run, which begins
// afterwards: so nobody gets an answer that was begun before the question, and a slow store gathers no queue.

/** Gives a function that runs the work, at most one run under way and one waiting. */
export function oneAtATime<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let running: Promise<Result> | undefined;
  let waiting: Promise<Result> | undefined;
  const run = (): Promise<Result> => {
    waiting = undefined;
    const begun = work().finally(() => {
      if (waiting === undefined) running = undefined;
    });
    running = begun;
    return begun;
  };
  return () => {
    if (running === undefined) return run();
    waiting ??= running.then(run, run);
    return waiting;
  };
}
