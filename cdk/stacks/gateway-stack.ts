import * as cdk from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { AdminAccess } from '../constructs/admin/admin-access.ts';
import { AdminFunction } from '../constructs/admin/admin-function.ts';
import type { FunctionSurroundings } from '../constructs/code/node-function.ts';
import { Hosts } from '../constructs/dns/hosts.ts';
import { RegionDomain } from '../constructs/dns/region-domain.ts';
import { BedrockModels } from '../constructs/gateway/bedrock-models.ts';
import { Firewall } from '../constructs/gateway/firewall.ts';
import { GatewayApi, stageName } from '../constructs/gateway/gateway-api.ts';
import { GatewayFunction } from '../constructs/gateway/gateway-function.ts';
import { ManagedGateway } from '../constructs/gateway/managed-gateway.ts';
import { Rollout } from '../constructs/gateway/rollout.ts';
import { RegionNetwork } from '../constructs/network/region-network.ts';
import { Maintenance } from '../constructs/operations/maintenance.ts';
import { Operations } from '../constructs/operations/operations.ts';
import { LedgerGuard } from '../constructs/state/ledger-guard.ts';
import { broughtKeys, type Keys } from '../constructs/state/region-keys.ts';
import { RegionState } from '../constructs/state/region-state.ts';
import { Seed } from '../constructs/state/seed.ts';
import type { GovernanceTable, QuotasTable } from '../constructs/state/global-tables.ts';
import type { Deployment, DeploymentRegion } from '../deployment.ts';
import { environmentOf } from './environment.ts';
import { addOutputs } from './outputs.ts';

export interface GatewayStackProps extends cdk.StackProps {
  readonly deployment: Deployment;
  readonly region: DeploymentRegion;
  /** Made by the region's keys stack; absent: the region brings its own. */
  readonly keys?: Keys | undefined;
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
    const isHome = region.region === deployment.homeRegion;

    const keys = props.keys ?? broughtKeys(this, region);
    const logs = { retention: deployment.retention.logDays, encryptionKey: keys.operations };
    const network = new RegionNetwork(this, 'Network', { deployment, region, logs });
    const surroundings: FunctionSurroundings = {
      logs,
      placement: network.placement,
      tracing: deployment.tracing,
    };
    const state = new RegionState(this, { deployment, region, keys, surroundings });
    const environment = environmentOf(deployment, region, {
      tables: { ...state.tableNames, governance: governance.tableName, quotas: quotas.tableName },
      queueUrl: state.settlements.queue.queueUrl,
      deadQueueUrl: state.settlements.dead.queueUrl,
      unreachableRegions: network.unreachableRegions,
      promptBucket: state.prompts?.bucketName,
    });
    const keepLedger = (role: iam.Role): void => {
      quotas.grantLedger(role, region, deployment.regions);
      state.grantTableKeys(role, deployment.regions);
    };

    state.settlements.setEnvironment(environment.ledger);
    keepLedger(state.settlements.role);

    const gateway = new GatewayFunction(this, 'Gateway', {
      ...surroundings,
      capacity: deployment.capacity,
      environment: environment.gateway,
    });
    const managed = this.managedGateway(props, environment.gateway, surroundings, network);
    const models = new BedrockModels(this, region.zones);
    for (const { role } of managed === undefined ? [gateway] : [gateway, managed]) {
      governance.grantRead(role);
      keepLedger(role);
      state.grantServe(role);
      models.grantInvoke(role);
    }
    /** What callers reach: the other one stays behind it, idle and free of charge, to go back to. */
    const serving = managed ?? gateway;
    // On managed instances Lambda moves to a new version by itself, once it is running.
    const rollout =
      managed === undefined && deployment.rollout.kind === 'canary' ? deployment.rollout : undefined;

    const admin = new AdminFunction(this, 'Admin', { ...surroundings, environment: environment.admin });
    governance.grantAdminister(admin.role, deployment.homeRegion);
    quotas.grantRead(admin.role);
    quotas.grantHandOver(admin.role, region);
    state.grantTableKeys(
      admin.role,
      deployment.regions.filter((each) => each.region === deployment.homeRegion),
    );
    state.grantAdminister(admin.role);

    const maintenance = new Maintenance(this, 'Maintenance', {
      ...surroundings,
      environment: environment.maintenance,
    });
    governance.grantDescribe(maintenance.role);
    quotas.grantDescribe(maintenance.role);

    new LedgerGuard(this, 'LedgerGuard', { logs, deployment, quotas });
    if (isHome) {
      new Seed(this, 'Seed', {
        logs,
        environment: environment.seed,
        grant: (role) => {
          governance.grantSeed(role);
          state.grantTableKeys(role, []);
        },
      });
    }

    const api = new GatewayApi(this, 'Api', {
      name: `${deployment.name}-gateway`,
      // The CDK's own types refuse these upcasts under exactOptionalPropertyTypes.
      handler: serving.live as lambda.IFunction,
      admin: admin.handler as lambda.IFunction,
      logs,
      tracing: deployment.tracing,
      logRole: deployment.apiGatewayLogRole,
      limits: deployment.api,
      endpoints: network.privateApi?.endpoints,
      hasDomain: deployment.domain !== undefined,
    });
    const domain =
      deployment.domain && new RegionDomain(this, 'Domain', { domain: deployment.domain, region });
    if (deployment.firewall !== undefined) {
      const { firewall, name: deploymentName } = deployment;
      new Firewall(this, 'Firewall', { deploymentName, firewall, api: api.rest, logs });
    }

    const operations = new Operations(this, 'Operations', {
      deployment,
      region,
      key: keys.operations,
      logGroupName: serving.logGroup.logGroupName,
      watched: {
        deploymentName: deployment.name,
        region: region.region,
        otherRegions: deployment.regions.map((each) => each.region).filter((each) => each !== region.region),
        functions: {
          gateway: serving.handler.functionName,
          admin: admin.handler.functionName,
          settlement: state.settlements.handler.functionName,
        },
        apiName: `${deployment.name}-gateway`,
        stageName,
        queueName: state.settlements.queue.queueName,
        deadQueueName: state.settlements.dead.queueName,
        canary: rollout && { alias: gateway.live.aliasName, version: gateway.live.version.version },
        concurrency: serving.requestsAtOnce,
        certificateArn: domain?.certificate.certificateArn,
      },
    });
    if (rollout !== undefined) {
      new Rollout(this, 'Rollout', { alias: gateway.live, rollout, alarms: operations.alarms.rollback });
    }
    if (domain !== undefined) {
      const { faults: faultAlarms } = operations.alarms;
      new Hosts(this, 'Hosts', { domain, api: api.rest, faultAlarms, closed: network.privateApi });
    }

    const access = new AdminAccess(this, 'AdminAccess', { deployment, api: api.rest });
    addOutputs(this, domain?.url ?? api.url, access);
  }

  /** Where many requests at a time are served by one environment. */
  private managedGateway(
    { deployment }: GatewayStackProps,
    environment: Readonly<Record<string, string>>,
    { logs, tracing }: FunctionSurroundings,
    { managedPlacement }: RegionNetwork,
  ): ManagedGateway | undefined {
    const { managedInstances: instances } = deployment.capacity;
    if (instances === undefined || managedPlacement === undefined) return undefined;
    const { tags } = deployment;
    const placed = { environment, placement: managedPlacement, tags };
    return new ManagedGateway(this, 'ManagedGateway', { instances, logs, tracing, ...placed });
  }

  /**
   * The first of those the account has, as CloudFormation finds them: the letters differ by region and account, and
   * asking at synthesis takes credentials.
   */
  override get availabilityZones(): string[] {
    return [0, 1, 2].map((index) => cdk.Fn.select(index, cdk.Fn.getAzs()));
  }
}
