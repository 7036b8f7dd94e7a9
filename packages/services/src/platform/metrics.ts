// What an operator's monitoring reads: counters and durations in the Prometheus text format.

import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';

/** The figures of this node. */
export interface Metrics {
  /** A public request was answered. */
  answered(route: string, status: number, code: string, durationMs: number): void;
  /** Makes a counter with one label; what it gives counts one more for a value of the label. */
  counter(name: string, help: string, label: string): (value: string) => void;
  /** The Prometheus text of all figures. */
  text(): Promise<string>;
}

/** Makes the figures of a node; one registry a node, so that two nodes in one process do not mix. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const answers = new Counter({
    name: 'gangway_answers_total',
    help: 'Answers of the public routes, by route, status and refusal code.',
    labelNames: ['route', 'status', 'code'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'gangway_answer_duration_seconds',
    help: 'How long a public route took to answer.',
    labelNames: ['route'],
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1],
    registers: [registry],
  });
  // Looking up a label set costs more than counting: each is looked up once.
  const answersOf = new Map<string, { inc(): void }>();
  const durationsOf = new Map<string, { observe(seconds: number): void }>();
  return {
    answered(route, status, code, durationMs) {
      kept(answersOf, `${route} ${status} ${code}`, () => answers.labels({ route, status, code })).inc();
      kept(durationsOf, route, () => durations.labels({ route })).observe(durationMs / 1000);
    },
    counter(name, help, label) {
      const counter = new Counter({ name, help, labelNames: [label], registers: [registry] });
      return (value) => counter.inc({ [label]: value });
    },
    text: () => registry.metrics(),
  };
}

function kept<Value>(values: Map<string, Value>, key: string, create: () => Value): Value {
  const found = values.get(key);
  if (found !== undefined) return found;
  const made = create();
  values.set(key, made);
  return made;
}
