import { type LocalGateway, type LocalOptions, startLocal } from './local-gateway.ts';
import { startRegions } from './local-regions.ts';
import type { Options } from './options.ts';

export interface Running {
  /** One for each region, in their order. */
  readonly gateways: readonly LocalGateway[];
  close(): Promise<void>;
}

/** What the command line asks for: one region by itself, or several joined ones. Rejects as `startLocal` does. */
export async function startGateways(
  { regions, port, dataDirectory, replicationLagMs }: Options,
  shared: Pick<LocalOptions, 'document' | 'adminSecret' | 'readEnv' | 'log' | 'onFailure'>,
): Promise<Running> {
  const options = { ...shared, port, ...(dataDirectory !== undefined && { dataDirectory }) };
  const [region = '', ...others] = regions;
  if (others.length > 0) return startRegions({ ...options, regions, replicationLag: replicationLagMs });
  const gateway = await startLocal({ ...options, region });
  return { gateways: [gateway], close: () => gateway.close() };
}
