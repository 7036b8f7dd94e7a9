// Measures Gangway against the bare server, in turn, and prints the ratio of the medians for each route.

import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { askOnce, createJob, refreshJob, validateJob, verifyJob } from './jobs.ts';
import { type Job, pinSelf, startBare, startGangway } from './subjects.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    connections: { type: 'string', default: '64' },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const connections = Number(values.connections);
const wanted = new Set(positionals.length > 0 ? positionals : ['create', 'refresh', 'validate', 'verify']);

/** The compiler takes seconds of load before it has optimised what is hot. */
const warmUpSeconds = 5;

/** Answers a second, and processor time an answer took, of one stretch of load. */
interface Measured {
  readonly perSecond: number;
  readonly cpuMicroseconds: number;
}

pinSelf();
const serviceSecret = 'measured-'.repeat(4);
const gangway = await startGangway(serviceSecret);
try {
  const create = () => createJob(gangway.publicUrl, gangway.deploymentKey);
  const token = String((await askOnce(create())).token);
  const refresh = () => refreshJob(gangway.publicUrl, gangway.deploymentKey, token);
  const validate = () => validateJob(gangway.serviceUrl, serviceSecret, token);
  const credential = gangway.createCredential();
  const verify = () => verifyJob(gangway.serviceUrl, credential, token);
  console.log(`Node ${process.version}, ${rounds} rounds of ${seconds} s each in turn, ${connections} connections.`);
  console.log('route     ratio   (least … most)     Gangway/s     bare/s   CPU µs: Gangway   bare');
  for (const [name, makeJob] of Object.entries({ create, refresh, validate, verify })) {
    if (wanted.has(name)) console.log(await compare(makeJob));
  }
} finally {
  await gangway.stop();
}

/** A job is made anew for each stretch of load: what it is signed with lives for a minute. */
async function compare(makeJob: () => Job): Promise<string> {
  const bare = await startBare(makeJob(), await askOnce(makeJob()));
  const bareJob = () => ({ ...makeJob(), url: bare.url });
  const ours: Measured[] = [];
  const theirs: Measured[] = [];
  try {
    await measure(bareJob(), bare.process.pid, warmUpSeconds);
    await measure(makeJob(), gangway.process.pid, warmUpSeconds);
    for (let round = 0; round < rounds; round += 1) {
      theirs.push(await measure(bareJob(), bare.process.pid, seconds));
      ours.push(await measure(makeJob(), gangway.process.pid, seconds));
    }
  } finally {
    await bare.stop();
  }
  const ratios = ours.map(({ perSecond }, round) => perSecond / (theirs[round]?.perSecond ?? Number.NaN));
  const [mine, limit] = [ours, theirs].map((all) => ({
    perSecond: median(all.map(({ perSecond }) => perSecond)),
    cpu: median(all.map(({ cpuMicroseconds }) => cpuMicroseconds)),
  })) as [{ perSecond: number; cpu: number }, { perSecond: number; cpu: number }];
  return [
    makeJob().name.padEnd(9),
    (mine.perSecond / limit.perSecond).toFixed(3),
    `  (${Math.min(...ratios).toFixed(3)} … ${Math.max(...ratios).toFixed(3)})`.padEnd(20),
    mine.perSecond.toFixed(0).padStart(9),
    limit.perSecond.toFixed(0).padStart(10),
    mine.cpu.toFixed(1).padStart(18),
    limit.cpu.toFixed(1).padStart(6),
  ].join(' ');
}

async function measure(job: Job, pid: number | undefined, durationSeconds: number): Promise<Measured> {
  const before = cpuSeconds(pid);
  const { url, method = 'POST', headers, body, status } = job;
  const load = { url, method, headers: { ...headers }, ...(body === undefined ? {} : { body }) };
  const result = await autocannon({ ...load, connections, duration: durationSeconds });
  const answered = (result.statusCodeStats as Record<string, { count?: number }>)[status]?.count ?? 0;
  if (result.errors > 0 || answered < result.requests.total) {
    throw new Error(`${job.name}: ${result.errors} errors, answers: ${JSON.stringify(result.statusCodeStats)}`);
  }
  return { perSecond: answered / result.duration, cpuMicroseconds: ((cpuSeconds(pid) - before) * 1e6) / answered };
}

/** Processor time that a process has used, in seconds (Linux; elsewhere NaN). */
function cpuSeconds(pid: number | undefined): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  } catch {
    return Number.NaN;
  }
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}
