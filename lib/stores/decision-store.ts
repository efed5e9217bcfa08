import { GetItemCommand, PutItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DecisionRecord } from '../domain/decision-record.ts';
import { asObject, parseJson, type JsonObject } from '../domain/json.ts';
import type { Clock } from '../domain/ports.ts';
import { BackgroundWrites } from './background-writes.ts';

export interface DecisionStoreOptions {
  readonly client: DynamoDBClient;
  /** The decisions table of the function's own region. */
  readonly table: string;
  readonly clock: Clock;
  readonly onProblem: (message: string) => void;
}

const keptS = 7 * 86_400;
/** A write unit is 1 KB: long lists of candidates are not worth many. */
const mostBytes = 30_000;

/** Why requests went where they went, for a week, in the region that served them. */
export class DecisionStore {
  readonly #options: DecisionStoreOptions;
  readonly #writes: BackgroundWrites;

  constructor(options: DecisionStoreOptions) {
    this.#options = options;
    this.#writes = new BackgroundWrites(options.onProblem);
  }

  /** Writes in the background; a record that cannot be written is lost, and that is said. */
  record(record: DecisionRecord): void {
    const { client, table, clock } = this.#options;
    const item = {
      pk: { S: record.requestId },
      body: { S: bodyOf(record) },
      expires: { N: String(Math.ceil(clock.nowMs() / 1000) + keptS) },
    };
    void this.#writes.run('decision records', () =>
      client.send(new PutItemCommand({ TableName: table, Item: item })),
    );
  }

  settle(): Promise<void> {
    return this.#writes.settle();
  }

  /** The record of a request this region has served in the last week. Rejects with what the SDK throws. */
  async get(requestId: string): Promise<JsonObject | undefined> {
    const { client, table, clock } = this.#options;
    const { Item: item } = await client.send(
      new GetItemCommand({ TableName: table, Key: { pk: { S: requestId } } }),
    );
    const expiresS = Number(item?.['expires']?.N ?? 0);
    if (item === undefined || expiresS * 1000 <= clock.nowMs()) return undefined;
    return asObject(parseJson(item['body']?.S ?? ''));
  }
}

/** The record as JSON; candidates beyond what fits are left out, and counted. */
function bodyOf(record: DecisionRecord): string {
  const whole = JSON.stringify(record);
  if (Buffer.byteLength(whole) <= mostBytes) return whole;
  const { candidates } = record;
  const empty = Buffer.byteLength(JSON.stringify({ ...record, candidates: [] }));
  let bytes = empty;
  const kept = candidates.filter((candidate) => {
    bytes += Buffer.byteLength(JSON.stringify(candidate)) + 1;
    return bytes <= mostBytes;
  });
  return JSON.stringify({ ...record, candidates: kept, trimmed: candidates.length - kept.length });
}
