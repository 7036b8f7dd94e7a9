// What an operator's monitoring reads: counters and durations in the Prometheus text format.

import { Counter, collectDefaultMetrics, Registry } from 'prom-client';

/** The figures of this node. */
export interface Metrics {
  /** A public request was answered. */
  answered(route: string, status: number, code: string, durationMs: number): void;
  /** Makes a counter with one label; what it gives counts one more for a value of the label. */
  counter(name: string, help: string, label: string): (value: string) => void;
  /** The Prometheus text of all figures. */
  text(): Promise<string>;
}

const durationBucketsMs = [0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000];

/** The answers of a route with one status and code. */
interface Answered {
  readonly labels: { readonly route: string; readonly status: number; readonly code: string };
  count: number;
  durationMs: number;
  /** How many took at most as long as the bucket of the same place. */
  readonly buckets: number[];
}

/** Makes the figures of a node; one registry a node, so that two nodes in one process do not mix. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  // Counted plainly with every answer, and put into the library's metrics when somebody reads them: that costs an answer a
  // tenth of what counting in them does.
  const answered = new Map<string, Answered>();
  new Counter({
    name: 'gangway_answers_total',
    help: 'Answers of the public routes, by route, status and refusal code.',
    labelNames: ['route', 'status', 'code'],
    registers: [registry],
    collect() {
      this.reset();
      for (const { labels, count } of answered.values()) this.inc({ ...labels }, count);
    },
  });
  return {
    answered(route, status, code, durationMs) {
      const key = `${route} ${status} ${code}`;
      let figures = answered.get(key);
      if (figures === undefined) {
        figures = { labels: { route, status, code }, count: 0, durationMs: 0, buckets: durationBucketsMs.map(() => 0) };
        answered.set(key, figures);
      }
      figures.count += 1;
      figures.durationMs += durationMs;
      const place = durationBucketsMs.findIndex((bound) => durationMs <= bound);
      if (place >= 0) figures.buckets[place] = (figures.buckets[place] ?? 0) + 1;
    },
    counter(name, help, label) {
      const counter = new Counter({ name, help, labelNames: [label], registers: [registry] });
      return (value) => counter.inc({ [label]: value });
    },
    text: async () => `${await registry.metrics()}${durationsText(answered.values())}`,
  };
}

/** The durations as a histogram of the Prometheus text format, by route. */
function durationsText(all: Iterable<Answered>): string {
  const name = 'gangway_answer_duration_seconds';
  const routes = new Map<string, Answered[]>();
  for (const one of all) routes.set(one.labels.route, [...(routes.get(one.labels.route) ?? []), one]);
  const lines = [`# HELP ${name} How long a public route took to answer.`, `# TYPE ${name} histogram`];
  for (const [route, parts] of routes) {
    const total = (value: (part: Answered) => number) => parts.reduce((sum, part) => sum + value(part), 0);
    let upTo = 0;
    for (const [place, bound] of durationBucketsMs.entries()) {
      upTo += total(({ buckets }) => buckets[place] ?? 0);
      lines.push(`${name}_bucket{le="${bound / 1000}",route="${route}"} ${upTo}`);
    }
    lines.push(`${name}_bucket{le="+Inf",route="${route}"} ${total(({ count }) => count)}`);
    lines.push(`${name}_sum{route="${route}"} ${total(({ durationMs }) => durationMs) / 1000}`);
    lines.push(`${name}_count{route="${route}"} ${total(({ count }) => count)}`);
  }
  return `${lines.join('\n')}\n`;
}
