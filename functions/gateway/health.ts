import { KeyRests } from '../../lib/execution/key-rests.ts';
import { LiveHealth } from '../../lib/health/live-health.ts';
import { DynamoHealthStore } from '../../lib/stores/health-store.ts';
import { KeyRestStore } from '../../lib/stores/key-rest-store.ts';
import type { Environment } from './environment.ts';

/** What the functions of a region tell each other of routes and provider keys, through the region's health table. */
export interface Health {
  readonly live: LiveHealth;
  /** Of this process, and of every other as the last snapshot told it. */
  readonly rests: KeyRests;
  /** Waits for what has been set going. Never rejects. */
  settle(): Promise<void>;
}

export function createHealth({ dynamo, tableNames, clock, random, log }: Environment): Health {
  const onProblem = (problem: string): void => log({ event: 'health_problem', problem });
  const common = { client: dynamo, table: tableNames.health, clock, onProblem };
  const noted = new KeyRestStore(common);
  const rests = new KeyRests((rest) => noted.note(rest));
  const store = new DynamoHealthStore({ ...common, random, rests: () => noted.list() });
  const live = new LiveHealth({
    store,
    clock,
    random,
    onProblem,
    onRests: (known) => rests.learn(known),
    onMade: (states) => {
      if (Object.values(states).some((routes) => routes > 0)) log({ event: 'health_snapshot', ...states });
    },
  });
  return {
    live,
    rests,
    settle: async () => {
      // First, so that a snapshot this request makes has them.
      await noted.settle();
      await live.settle();
    },
  };
}
