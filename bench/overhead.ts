import { parseArgs } from 'node:util';
import { efforts, measureRound, type Samples } from './overhead/measure.ts';
import { render, reportOf } from './overhead/report.ts';
import { Rig } from './overhead/rig.ts';
import { soak, type SoakPoint } from './overhead/soak.ts';

/**
 * What the gateway costs: the local runner beside a bare `node:http` proxy and beside no gateway, on the same scripted
 * upstream, each in a process of its own, in interleaved rounds. Ratios are what is quoted: times depend on the
 * machine. Exit code 1 when a budget is missed, or when the heap grows in a soak.
 *
 *     npm run bench:overhead -- [--json] [--quick] [--rounds 5]
 *     npm run bench:overhead -- --soak 100000 [--json]
 */
const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    soak: { type: 'string' },
  },
});
const effort = efforts[flags.quick ? 'quick' : 'full'];
const rounds = flags.rounds === undefined ? effort.rounds : wholeNumber('rounds', flags.rounds, 1);
const soakRequests = flags.soak === undefined ? undefined : wholeNumber('soak', flags.soak, 100);

const rig = await Rig.start();
try {
  if (soakRequests === undefined) await overhead();
  else await longRun(soakRequests);
} finally {
  await rig.stop();
}

async function overhead(): Promise<void> {
  const all: Samples[] = [];
  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    all.push(await measureRound(rig, effort, round));
  }
  const report = reportOf(
    {
      cpu: all.flatMap(({ cpu }) => cpu),
      waits: all.flatMap(({ waits }) => waits),
      memory: all.flatMap(({ memory }) => memory),
    },
    rounds,
  );
  process.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : render(report));
  process.exitCode = report.missed.length === 0 ? 0 : 1;
}

async function longRun(requests: number): Promise<void> {
  const tell = ({ requests: sent, heapUsedBytes, rssBytes }: SoakPoint): void => {
    const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2).padStart(8)} MB`;
    if (flags.json) return;
    process.stdout.write(
      `${String(sent).padStart(8)} requests  heap ${megabytes(heapUsedBytes)}  rss ${megabytes(rssBytes)}\n`,
    );
  };
  const report = await soak(rig, requests, tell);
  const slope = `${report.bytesPerRequest.toFixed(1)} bytes a request, standard error ${report.standardError.toFixed(1)}`;
  process.stdout.write(
    flags.json
      ? `${JSON.stringify(report, null, 2)}\n`
      : `the heap ${report.grows ? 'grows' : 'is flat'} (${slope})\n`,
  );
  process.exitCode = report.grows ? 1 : 0;
}

function wholeNumber(flag: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  throw new RangeError(`--${flag}: expected a whole number of at least ${least}; received "${text}"`);
}
