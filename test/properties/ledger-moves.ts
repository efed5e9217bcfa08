import fc from 'fast-check';
import { settle } from '../support/manual-clock.ts';
import type { Fate } from '../support/simulated-regions.ts';
import { regionNames, type Attempt, type LedgerWorld } from './ledger-world.ts';

/** What the model knows: that a step happened. What must hold is checked against the world's books. */
export interface Steps {
  taken: number;
}

type Move = (world: LedgerWorld) => void | Promise<void>;

class Command implements fc.AsyncCommand<Steps, LedgerWorld> {
  readonly #name: string;
  readonly #move: Move;
  constructor(name: string, move: Move) {
    this.#name = name;
    this.#move = move;
  }
  check(): boolean {
    return true;
  }
  async run(steps: Steps, world: LedgerWorld): Promise<void> {
    steps.taken++;
    await this.#move(world);
    await settle();
    world.check();
  }
  toString(): string {
    return this.#name;
  }
}

const pick = <T>(from: readonly T[], index: number): T | undefined => from[index % Math.max(1, from.length)];

const attemptIn = (world: LedgerWorld, index: number, state: Attempt['state']): Attempt | undefined =>
  pick(
    world.attempts.filter((attempt) => attempt.state === state && attempt.host.process.alive),
    index,
  );

const whichever = fc.nat(997);
const move = <T>(
  arbitrary: fc.Arbitrary<T>,
  name: string,
  act: (world: LedgerWorld, value: T) => void | Promise<void>,
) => arbitrary.map((value) => new Command(`${name} ${JSON.stringify(value)}`, (world) => act(world, value)));

const fate = fc.constantFrom<Fate>(
  ...([
    'done',
    'done',
    'done',
    'done',
    'done',
    'answer lost',
    'answer lost',
    'request lost',
    'request delayed',
  ] as const),
);

const ask = move(
  fc.tuple(whichever, fc.integer({ min: 1, max: 12 }), whichever),
  'ask',
  (world, [site, most, cost]) => {
    const host = pick([...world.hosts.values()], site);
    if (host !== undefined) world.ask(host, most, cost % (most + 1));
  },
);
const bill = move(whichever, 'bill', (world, index) => {
  const attempt = attemptIn(world, index, 'admitted');
  if (attempt !== undefined) attempt.state = 'billed';
});
const settleOne = move(whichever, 'settle', (world, index) => {
  const attempt = attemptIn(world, index, 'billed');
  if (attempt !== undefined) world.settle(attempt);
});
const deliver = move(fc.tuple(whichever, fate), 'deliver', (world, [index, what]) =>
  world.regions.deliver(index, what),
);
/** A stretch of ordinary operation, so that schedules get somewhere. */
const proceed = move(fc.integer({ min: 1, max: 12 }), 'proceed', async (world, steps) => {
  for (let step = 0; step < steps; step++) {
    world.regions.deliver(step * 7, 'done');
    await settle();
  }
});
const replicate = move(fc.array(whichever, { minLength: 1, maxLength: 8 }), 'replicate', (world, indexes) => {
  for (const index of indexes) world.regions.replicate(index);
});
const surface = move(whichever, 'surface', (world, index) => world.regions.surface(index));
const redeliver = move(fc.tuple(whichever, fc.boolean()), 'redeliver', (world, [index, again]) => {
  const settlement = pick(world.queue, index);
  const host = pick([...world.hosts.values()], index);
  if (settlement === undefined || host === undefined) return;
  // The queue delivers until it hears of success, and sometimes once more.
  host.ledger.apply(settlement).then(
    () => {
      const index = world.queue.indexOf(settlement);
      if (!again && index >= 0) world.queue.splice(index, 1);
    },
    () => undefined,
  );
});
const cut = move(fc.constantFrom(...regionNames, undefined, undefined), 'cut', (world, region) => {
  world.regions.cut = region;
});
const crash = move(whichever, 'crash', (world, index) => {
  const site = pick([...world.hosts.keys()], index);
  if (site !== undefined) world.crash(site);
});
const edit = move(fc.integer({ min: 20, max: 120 }), 'edit', (world, limit) => {
  world.hard = { ...world.hard, limit, edition: world.hard.edition + 1 };
  world.highestLimit = Math.max(world.highestLimit, limit);
});
const pass = move(fc.constantFrom(1, 1, 6, 6, 31, 2_000), 'seconds', (world, seconds) => {
  world.clock.ms += seconds * 1000;
});
const leaveAndJoin = move(fc.constant(0), 'leave and join', (world) => world.leaveAndJoin());

/** What operations must never do; only some mutants do it. */
const disaster = move(fc.constant(0), 'disaster', (world) => world.disaster());

const repeated = <T>(times: number, arbitrary: T): readonly T[] =>
  Array.from({ length: times }, () => arbitrary);

const always = [
  ...repeated(6, ask),
  ...repeated(3, bill),
  ...repeated(3, settleOne),
  ...repeated(8, deliver),
  ...repeated(4, proceed),
  ...repeated(3, replicate),
  surface,
  redeliver,
  cut,
  pass,
];

export type Changes = 'steady' | 'changing' | 'joining' | 'disastrous';

/** Schedules of a deployment whose limits and regions stay as they are, or change too. */
export const schedules = (changes: Changes, maxCommands = 160) =>
  fc.commands(
    [
      ...always,
      ...(changes === 'steady' ? [] : [crash]),
      ...(changes === 'changing' ? [edit, edit] : []),
      ...(changes === 'joining' ? [leaveAndJoin] : []),
      ...(changes === 'disastrous' ? [disaster, disaster] : []),
    ],
    { maxCommands, size: 'max' },
  );
