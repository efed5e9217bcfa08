import * as cdk from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { adminBasePath } from '../../lib/admin/routes.ts';
import { environmentNames } from '../../lib/stores/schema.ts';
import { AdminAccess, title } from '../constructs/admin/admin-access.ts';
import { AdminFunction } from '../constructs/admin/admin-function.ts';
import { BedrockModels } from '../constructs/gateway/bedrock-models.ts';
import { GatewayApi } from '../constructs/gateway/gateway-api.ts';
import { GatewayFunction } from '../constructs/gateway/gateway-function.ts';
import type { GovernanceTable, QuotasTable } from '../constructs/state/global-tables.ts';
import { ProviderSecrets } from '../constructs/state/provider-secrets.ts';
import { DecisionsTable, HealthTable } from '../constructs/state/regional-tables.ts';
import { SettlementQueue } from '../constructs/state/settlement-queue.ts';
import type { Deployment, DeploymentRegion } from '../deployment.ts';

export interface GatewayStackProps extends cdk.StackProps {
  readonly deployment: Deployment;
  readonly region: DeploymentRegion;
  readonly governance: GovernanceTable;
  readonly quotas: QuotasTable;
}

/**
 * One region's gateway. It serves, and fails, alone: of other regions it knows the quota replicas it may borrow at, and
 * the home region's governance, which administration writes.
 */
export class GatewayStack extends cdk.Stack {
  constructor(scope: Construct, id: string, props: GatewayStackProps) {
    const { deployment, region, governance, quotas } = props;
    super(scope, id, { ...props, tags: deployment.tags });

    const health = new HealthTable(this, 'Health', deployment.name);
    const decisions = new DecisionsTable(this, 'Decisions', deployment.name);
    const secrets = new ProviderSecrets(this);
    const models = new BedrockModels(this, region.zones);

    const ledger = {
      [environmentNames.quotasTable]: quotas.tableName,
      [environmentNames.sites]: sitesOf(deployment),
      [environmentNames.site]: region.site,
    };
    const settlements = new SettlementQueue(this, 'Settlements', {
      logRetention: deployment.retention.logDays,
      environment: ledger,
    });
    quotas.grantLedger(settlements.role, region, deployment.regions);

    const gateway = new GatewayFunction(this, 'Gateway', {
      memoryMb: deployment.capacity.memoryMb,
      logRetention: deployment.retention.logDays,
      environment: {
        [environmentNames.governanceTable]: governance.tableName,
        ...ledger,
        [environmentNames.settlementQueueUrl]: settlements.url,
        [environmentNames.healthTable]: health.tableName,
        [environmentNames.decisionsTable]: decisions.tableName,
        [environmentNames.zones]: region.zones.join(','),
        [environmentNames.zoneEndpoints]: Object.entries(deployment.zoneEndpoints)
          .map(([zone, url]) => `${zone}=${url}`)
          .join(','),
      },
    });
    governance.grantRead(gateway.role);
    quotas.grantLedger(gateway.role, region, deployment.regions);
    health.grantShare(gateway.role);
    decisions.grantRecord(gateway.role);
    settlements.grantSend(gateway.role);
    secrets.grantRead(gateway.role);
    models.grantInvoke(gateway.role);

    const admin = new AdminFunction(this, 'Admin', {
      logRetention: deployment.retention.logDays,
      environment: {
        ...ledger,
        [environmentNames.homeRegion]: deployment.homeRegion,
        [environmentNames.governanceTable]: governance.tableName,
        [environmentNames.healthTable]: health.tableName,
        [environmentNames.decisionsTable]: decisions.tableName,
      },
    });
    governance.grantAdminister(admin.role, deployment.homeRegion);
    quotas.grantRead(admin.role);
    health.grantReadRests(admin.role);
    decisions.grantRead(admin.role);
    secrets.grantDescribe(admin.role);

    const api = new GatewayApi(this, 'Api', {
      name: `${deployment.name}-gateway`,
      handler: gateway.live,
      admin: admin.handler,
      logRetention: deployment.retention.logDays,
      logRole: deployment.apiGatewayLogRole,
    });
    const access = new AdminAccess(this, 'AdminAccess', { deploymentName: deployment.name, api: api.rest });
    new cdk.CfnOutput(this, 'Endpoint', {
      value: api.url,
      description: 'Base URL; OpenAI clients append /v1',
    });
    new cdk.CfnOutput(this, 'AdminEndpoint', {
      value: api.url + adminBasePath,
      description:
        'Administration, signed with AWS credentials for execute-api; the command line takes Endpoint',
    });
    for (const [role, policy] of access.policies) {
      new cdk.CfnOutput(this, `${title(role)}Policy`, {
        value: policy.managedPolicyArn,
        description: `Attach it to who may administer this gateway as ${role}`,
      });
    }
  }
}

/** Every site with its share, as the functions read it. */
export const sitesOf = ({ regions, formerSites }: Deployment): string =>
  [
    ...regions.map(({ site, share }) => `${site}=${share ?? 1 / regions.length}`),
    ...formerSites.map((site) => `${site}=left`),
  ].join(',');
