import { UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { settle } from '../support/manual-clock.ts';
import { SimulatedRegions } from '../support/simulated-regions.ts';
import { regionNames } from './ledger-world.ts';

/** What everybody tries first: one item, to which every region adds at its own replica what it has spent. */
export class NaiveCounter {
  readonly regions = new SimulatedRegions(regionNames);
  readonly #limit: number;
  readonly #processes = new Map(regionNames.map((region) => [region, this.regions.start(region)]));

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Spends if the counter, as this region sees it, leaves room. */
  async spend(region: string, cost: number): Promise<boolean> {
    if (this.counted(region) + cost > this.#limit) return false;
    const adding = this.#processes
      .get(region)
      ?.clientFor(region)
      .send(
        new UpdateItemCommand({
          TableName: 'quotas',
          Key: { pk: { S: 'team/research' } },
          UpdateExpression: 'SET spent = if_not_exists(spent, :zero) + :cost',
          ExpressionAttributeValues: { ':zero': { N: '0' }, ':cost': { N: String(cost) } },
        }),
      );
    await settle();
    this.regions.deliver(0, 'done');
    await adding;
    return true;
  }

  counted(region: string): number {
    return Number(this.regions.items(region).get('team/research')?.['spent']?.N ?? 0);
  }
}
