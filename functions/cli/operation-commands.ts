import { argument, unknownAction, type Call, type ExitCode } from './command.ts';
import { leftLines, settlementLines, type Left } from './operation-lines.ts';
import * as shapes from './operation-shapes.ts';

/** `settlements`: how many wait and how many are dead; `settlements replay` has the dead ones tried again. */
export async function settlements({ client, rest, ports, show }: Call): Promise<ExitCode> {
  const [action] = rest;
  if (action === undefined) {
    const answer = await client.call(shapes.settlements, 'GET', '/settlements');
    show(answer, settlementLines(answer));
    return 0;
  }
  if (action !== 'replay') throw unknownAction('settlements', action, ['replay']);
  const answer = await client.call(shapes.replayedSettlements, 'POST', '/settlements/replay', { body: {} });
  show(answer, settlementLines(answer));
  ports.err(saidOfReplay(answer));
  return 0;
}

function saidOfReplay({
  begun,
  dead,
  lastReplay,
}: {
  begun: boolean;
  dead: number;
  lastReplay?: { state: string } | undefined;
}): string {
  if (begun) return `replaying ${dead}; fairlead settlements shows how far it is`;
  return lastReplay?.state === 'running' ? 'a replay is running already' : 'there is nothing to replay';
}

/** `region leave`: shows what would be handed over, asks, hands it over. */
export async function region(call: Call): Promise<ExitCode> {
  const { values, rest, ports, show } = call;
  const action = argument(rest, 0, 'leave');
  if (action !== 'leave') throw unknownAction('region', action, ['leave']);
  const site = argument(rest, 1, 'SITE');
  const dryRun = values['dry-run'];
  if (dryRun || !values.yes) {
    const preview = await handedOver(call, site, true);
    if (dryRun) {
      show(preview, leftLines(preview));
      return 0;
    }
    leftLines(preview).forEach(ports.err);
    const question = `is ${site} out of traffic, and are its rights to be handed over?`;
    if (!(await ports.confirm(question))) {
      ports.err('nothing was handed over; --yes does it without asking');
      return 1;
    }
  }
  const left = await handedOver(call, site, false);
  show(left, leftLines(left));
  const returning = left.quotas.some(({ remains }) => remains.some(({ reason }) => reason !== 'owed'));
  if (returning) {
    ports.err('attempts were under way: run this again when they are over, 15 minutes at most');
  }
  return left.unreadable.length > 0 ? 1 : 0;
}

/** Page by page: a function has seconds, and there may be many owners. */
async function handedOver({ client }: Call, site: string, dryRun: boolean): Promise<Left> {
  let after: string | undefined;
  let left: Left | undefined;
  do {
    const body = { site, dryRun, ...(after !== undefined && { after }) };
    const page = await client.call(shapes.leftRegion, 'POST', '/region/leave', { body });
    left = {
      site: page.site,
      dryRun,
      heirs: page.heirs,
      looked: (left?.looked ?? 0) + page.looked,
      quotas: [...(left?.quotas ?? []), ...page.quotas],
      unreadable: [...(left?.unreadable ?? []), ...(page.unreadable ?? [])],
    };
    after = page.next;
  } while (after !== undefined);
  return left;
}
