import {
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { holds, updated, type Item } from './dynamo-expressions.ts';

/** Whether a call gets through: `request lost` was never carried out (unless it surfaces later), `answer lost` was. */
export type Fate = 'done' | 'request lost' | 'request delayed' | 'answer lost';

interface Stored {
  readonly item: Item;
  /** When it was written, and where: the later wins, then the region's name. */
  readonly at: number;
  readonly by: string;
}

/** One request on its way. */
interface Call {
  readonly process: SimulatedProcess;
  readonly region: string;
  readonly command: unknown;
  attempt: number;
  readonly answer: (output: object) => void;
  readonly fail: (error: Error) => void;
}

interface Update {
  readonly region: string;
  readonly input: UpdateItemCommandInput;
}

/** A change of the expressions or of the place of an update, to show what they are for. */
export type Distortion = (update: Update, caller: string) => Update;

/** A function environment in one region, with clients of its own for every region. */
export interface SimulatedProcess {
  readonly region: string;
  /** False: nothing it does or is answered matters any more. */
  alive: boolean;
  readonly clientFor: (region: string) => DynamoDBClient;
}

/** As often as the SDK's clients try. */
const attempts = 3;

const pkOf = (key: Record<string, { S?: string | undefined }> | undefined): string => key?.['pk']?.S ?? '';

/**
 * A DynamoDB global table in several regions, one call or one replicated item at a time, as whoever drives it decides:
 * whole items, the last writer wins, any lag, items in any order, partitions. Real SDK clients speak to it; calls wait
 * until `deliver` tells what becomes of them.
 */
export class SimulatedRegions {
  readonly #replicas = new Map<string, Map<string, Stored>>();
  readonly #clients: DynamoDBClient[] = [];
  #calls: Call[] = [];
  #replication: {
    readonly from: string;
    readonly to: string;
    readonly pk: string;
    readonly stored: Stored;
  }[] = [];
  #delayed: Update[] = [];
  #at = 0;
  cut: string | undefined;
  distort: Distortion = (update) => update;
  /** Told of every update that was carried out. */
  onUpdated: (update: Update, before: Item | undefined, after: Item) => void = () => undefined;

  constructor(regions: readonly string[]) {
    for (const region of regions) this.#replicas.set(region, new Map());
  }

  get regions(): readonly string[] {
    return [...this.#replicas.keys()];
  }
  get waiting(): number {
    return this.#calls.length;
  }
  get unreplicated(): number {
    return this.#replication.length;
  }
  get delayed(): number {
    return this.#delayed.length;
  }

  /** A new region gets copies of everything another one has. */
  join(region: string, from: string): void {
    this.#replicas.set(region, new Map(this.#replicas.get(from)));
  }

  /** All items as a region's replica has them, by partition key. */
  items(region: string): ReadonlyMap<string, Item> {
    return new Map([...(this.#replicas.get(region) ?? [])].map(([pk, { item }]) => [pk, item]));
  }

  /** Writes past every condition, as an operator with too many rights could. */
  overwrite(region: string, pk: string, item: Item): void {
    this.#put(region, pk, item);
  }

  start(region: string): SimulatedProcess {
    const clients = new Map<string, DynamoDBClient>();
    const process: SimulatedProcess = {
      region,
      alive: true,
      clientFor: (target) => {
        const client = clients.get(target) ?? this.#client(process, target);
        clients.set(target, client);
        return client;
      },
    };
    return process;
  }

  kill(process: SimulatedProcess): void {
    process.alive = false;
    this.#calls = this.#calls.filter((call) => call.process !== process);
  }

  /** Decides the fate of one waiting call. */
  deliver(index: number, fate: Fate): void {
    const call = this.#calls[index % Math.max(1, this.#calls.length)];
    if (call === undefined) return;
    if (this.#separated(call.process.region, call.region)) return this.#failed(call);
    if (fate === 'request lost' || fate === 'request delayed') {
      if (fate === 'request delayed' && call.command instanceof UpdateItemCommand) {
        const update = { region: call.region, input: call.command.input };
        this.#delayed.push(this.distort(update, call.process.region));
      }
      return this.#again(call);
    }
    let answer: () => void;
    try {
      const output = this.#carryOut(call);
      answer = () => call.answer(output);
    } catch (error) {
      const failure = error instanceof Error ? error : new Error('unknown error');
      answer = () => call.fail(failure);
    }
    if (fate === 'answer lost') return this.#again(call);
    this.#calls = this.#calls.filter((each) => each !== call);
    answer();
  }

  /** A request that was given up long ago arrives after all. */
  surface(index: number): void {
    const [update] = this.#delayed.splice(index % Math.max(1, this.#delayed.length), 1);
    if (update === undefined) return;
    try {
      this.#update(update);
    } catch {
      // Nobody is waiting for the answer.
    }
  }

  /** Brings one written item to one other region, unless a partition lies between. */
  replicate(index: number): void {
    const open = this.#replication.filter(({ from, to }) => !this.#separated(from, to));
    const next = open[index % Math.max(1, open.length)];
    if (next === undefined) return;
    this.#replication = this.#replication.filter((each) => each !== next);
    const replica = this.#replicas.get(next.to);
    const has = replica?.get(next.pk);
    const { at, by } = next.stored;
    if (has === undefined || at > has.at || (at === has.at && by > has.by))
      replica?.set(next.pk, next.stored);
  }

  close(): void {
    for (const client of this.#clients) client.destroy();
  }

  #client(process: SimulatedProcess, region: string): DynamoDBClient {
    const client = new DynamoDBClient({
      region,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    this.#clients.push(client);
    client.middlewareStack.add(
      (_next, context) => async (args) => {
        const command = commandOf(context.commandName, args.input);
        const output = await new Promise<object>((answer, fail) => {
          if (process.alive) this.#calls.push({ process, region, command, attempt: 1, answer, fail });
        });
        return { response: {}, output: { $metadata: {}, ...output } };
      },
      { step: 'initialize', priority: 'high' },
    );
    return client;
  }

  #separated(a: string, b: string): boolean {
    return a !== b && (this.cut === a || this.cut === b);
  }

  #again(call: Call): void {
    if (++call.attempt > attempts) this.#failed(call);
  }

  #failed(call: Call): void {
    this.#calls = this.#calls.filter((each) => each !== call);
    call.fail(new Error('no answer'));
  }

  #carryOut({ command, region, process }: Call): object {
    if (command instanceof UpdateItemCommand) {
      return this.#update(this.distort({ region, input: command.input }, process.region));
    }
    const replica = this.#replicas.get(region);
    if (command instanceof GetItemCommand) {
      return { Item: replica?.get(pkOf(command.input.Key))?.item };
    }
    if (command instanceof BatchGetItemCommand) {
      const responses: Record<string, Item[]> = {};
      for (const [table, { Keys: keys = [] }] of Object.entries(command.input.RequestItems ?? {})) {
        responses[table] = (keys ?? [])
          .map((key) => replica?.get(pkOf(key))?.item)
          .filter((item) => item !== undefined);
      }
      return { Responses: responses, UnprocessedKeys: {} };
    }
    throw new Error('a command the simulation does not know');
  }

  #update(update: Update): object {
    const { region, input } = update;
    const pk = pkOf(input.Key);
    const before = this.#replicas.get(region)?.get(pk)?.item;
    if (!holds(input, before)) {
      throw new ConditionalCheckFailedException({ $metadata: {}, message: 'The conditional request failed' });
    }
    const after = updated(input, before ?? { pk: { S: pk } });
    this.#put(region, pk, after);
    this.onUpdated(update, before, after);
    return { Attributes: after };
  }

  #put(region: string, pk: string, item: Item): void {
    const stored = { item, at: ++this.#at, by: region };
    this.#replicas.get(region)?.set(pk, stored);
    for (const to of this.#replicas.keys()) {
      if (to !== region) this.#replication.push({ from: region, to, pk, stored });
    }
  }
}

/** The middleware sees a command's input only; the class says what it is. */
function commandOf(name: string | undefined, input: object): unknown {
  if (name === 'UpdateItemCommand') return new UpdateItemCommand({ TableName: '', Key: {}, ...input });
  if (name === 'GetItemCommand') return new GetItemCommand({ TableName: '', Key: {}, ...input });
  if (name === 'BatchGetItemCommand') return new BatchGetItemCommand({ RequestItems: {}, ...input });
  return undefined;
}
