import type { Catalog } from '../../lib/domain/policy.ts';
import type { OutputBody } from '../../lib/domain/ports.ts';
import { serve } from '../../lib/pipeline.ts';
import type { GatewayDocument } from '../../lib/policy/document.ts';
import { Fleet } from './fleet.ts';
import { clearKey, governanceOf } from './governance.ts';
import { SimulatedProviders } from './providers.ts';
import { streamOf } from './random.ts';
import { Tally } from './tally.ts';
import type { Arrival } from './trace.ts';
import { quiet, VirtualClock } from './virtual-clock.ts';
import { charsPerToken, type Job } from './wire.ts';
import type { World } from './world.ts';

export interface RunOptions {
  readonly document: GatewayDocument;
  readonly world: World;
  readonly catalog: Catalog;
  readonly arrivals: AsyncIterable<Arrival> | Iterable<Arrival>;
  /** What an arrival asks for, and as whom, where it does not say. */
  readonly model: string;
  readonly key: string;
  readonly seed: number;
  /** Function environments in each region. */
  readonly environments: number;
}

export interface RunResult {
  readonly tally: Tally;
  /** The time of the first arrival; NaN: there was none. */
  readonly startMs: number;
}

/** A run that cannot mean anything; the message says what to change. */
export class InvalidRun extends Error {
  override readonly name = 'InvalidRun';
}

/**
 * All arrivals through a fleet of real gateways on a virtual clock, each as a streamed chat completion that its client
 * reads as fast as it comes: identification, rules, routing, attempts, quotas and health are the code that serves
 * requests. An answer that breaks off stays broken: no model repeats itself word for word. The same options give the
 * same result. Rejects with InvalidRun, or with what the arrivals throw.
 */
export async function run(options: RunOptions): Promise<RunResult> {
  const tally = new Tally(options.world);
  let simulation: Simulation | undefined;
  let startMs = Number.NaN;
  let index = 0;
  for await (const arrival of options.arrivals) {
    if (simulation === undefined) {
      startMs = arrival.atMs;
      simulation = await Simulation.begin(options, tally, startMs);
    }
    await simulation.arrive(arrival, index);
    index += 1;
  }
  await simulation?.end();
  return { tally, startMs };
}

class Simulation {
  readonly #options: RunOptions;
  readonly #tally: Tally;
  readonly #clock: VirtualClock;
  readonly #fleet: Fleet;
  readonly #providers: SimulatedProviders;
  readonly #jobs: Map<string, Job>;
  readonly #defaultRegion: string;

  private constructor(
    options: RunOptions,
    tally: Tally,
    clock: VirtualClock,
    fleet: Fleet,
    providers: SimulatedProviders,
    jobs: Map<string, Job>,
  ) {
    this.#options = options;
    this.#tally = tally;
    this.#clock = clock;
    this.#fleet = fleet;
    this.#providers = providers;
    this.#jobs = jobs;
    this.#defaultRegion = [...options.world.regions.keys()][0] ?? '';
  }

  static async begin(options: RunOptions, tally: Tally, startMs: number): Promise<Simulation> {
    const { document, world, catalog, seed, environments } = options;
    const clock = new VirtualClock(startMs);
    const transport = new SimulatedProviders(world, clock, seed);
    const jobs = new Map<string, Job>();
    const jobOf = (requestId: string): Job => {
      const job = jobs.get(requestId);
      if (job === undefined) throw new Error(`nobody made request ${requestId}`);
      return job;
    };
    const fleet = new Fleet({
      world,
      clock,
      governance: await governanceOf(document, world.prices, startMs, () => clock.nowMs()),
      catalog,
      transport,
      seed,
      environments,
      jobOf,
      log: (line) => tally.note(line, jobOf),
      onHedge: () => tally.hedged(clock.nowMs()),
    });
    return new Simulation(options, tally, clock, fleet, transport, jobs);
  }

  async arrive(arrival: Arrival, index: number): Promise<void> {
    await this.#clock.runUntil(arrival.atMs);
    const { seed } = this.#options;
    const region = arrival.region ?? this.#defaultRegion;
    const gateway = this.#fleet.at(region, streamOf(seed, index)());
    if (gateway === undefined) throw new InvalidRun(`the world has no region "${region}"`);
    const { key = this.#options.key, inputTokens, outputTokens } = arrival;
    const requestId = `r${index}`;
    this.#jobs.set(requestId, { index, key, inputTokens, outputTokens, attempts: new Map() });
    const served = serve(gateway, {
      requestId,
      method: 'POST',
      path: '/v1/chat/completions',
      headers: {
        authorization: `Bearer ${clearKey(key)}`,
        ...(arrival.session !== undefined && { 'x-fairlead-session': arrival.session }),
      },
      query: {},
      body: bodyOf(arrival.model ?? this.#options.model, inputTokens),
      remainingMs: invocationMs,
    });
    void served.then(async ({ body, settled }) => {
      if (typeof body === 'function') body(new EagerReader());
      await settled;
      this.#jobs.delete(requestId);
    });
    await quiet();
    this.#check();
  }

  async end(): Promise<void> {
    await this.#clock.runWhile(() => this.#jobs.size > 0);
    this.#check();
  }

  #check(): void {
    const { unknown } = this.#providers;
    if (unknown !== undefined) {
      throw new InvalidRun(`the document sends requests to "${unknown}", of which the world says nothing`);
    }
    const [problem] = this.#tally.problems;
    if (problem !== undefined) throw new Error(`the gateway logs a defect: ${problem}`);
  }
}

/** Of a Lambda function: fifteen minutes. */
const invocationMs = 900_000;

/** Words of one token each, as the gateway estimates them too. */
const prompt = 'abc '.repeat(1_000_000);

const bodyOf = (model: string, inputTokens: number): string =>
  `{"model":${JSON.stringify(model)},"stream":true,"max_tokens":4096,"messages":[{"role":"user","content":"${prompt.slice(0, inputTokens * charsPerToken)}"}]}`;

/** A client that takes everything at once. */
class EagerReader implements OutputBody {
  write(): boolean {
    return true;
  }
  end(): void {}
  abort(): void {}
  onDrain(): void {}
  onGone(): void {}
}
