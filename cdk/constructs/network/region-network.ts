import { Annotations } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { hasEgress, isPrivate, type Network } from '../../configuration/network.ts';
import type { Deployment, DeploymentRegion } from '../../deployment.ts';
import type { LogSettings, Placement } from '../code/node-function.ts';
import { Endpoints } from './endpoints.ts';
import { broughtVpc, MadeVpc } from './made-vpc.ts';
import { privateRanges } from './ranges.ts';

export interface RegionNetworkProps {
  readonly deployment: Deployment;
  readonly region: DeploymentRegion;
  readonly logs: LogSettings;
}

/** Where functions of one region stand, and what they can reach. */
export class RegionNetwork extends Construct {
  /** Absent: in Lambda's own network. */
  readonly placement?: Placement;
  /** Of managed instances, which always stand in a VPC. */
  readonly managedPlacement?: Placement;
  /** Of a private API: the endpoints it is called through, its own first. */
  readonly apiEndpoints: readonly ec2.IVpcEndpoint[] = [];
  /** Where the hosts of a private API lead to. */
  readonly ownApiEndpoint?: ec2.InterfaceVpcEndpoint;
  /** Regions whose DynamoDB cannot be reached from here: nothing is borrowed there. */
  readonly unreachableRegions: readonly string[];
  private readonly isClosed: boolean;

  constructor(scope: Construct, id: string, props: RegionNetworkProps) {
    super(scope, id);
    const { deployment, region } = props;
    const { network } = deployment;
    this.isClosed = isPrivate(network);
    this.unreachableRegions = hasEgress(network)
      ? []
      : deployment.regions
          .map((other) => other.region)
          .filter((other) => other !== region.region && region.replicaEndpoints[other] === undefined);
    this.warn(deployment, region);
    if (network.mode === 'public' && deployment.capacity.managedInstances === undefined) return;

    const { vpc, subnets } = this.vpcOf(props);
    const functions = this.functionsGroup(vpc);
    const placement: Placement = { vpc, vpcSubnets: subnets, securityGroups: [functions] };
    this.managedPlacement = placement;
    if (network.mode === 'public') return;

    this.placement = placement;
    if (region.vpc?.endpoints !== 'existing') {
      const { api } = new Endpoints(this, 'Endpoints', {
        vpc,
        subnets,
        functions,
        tracing: deployment.tracing === 'xray',
        prompts: deployment.prompts !== undefined,
        api: this.isClosed,
      });
      if (api !== undefined) this.ownApiEndpoint = api;
    }
    if (this.isClosed) this.apiEndpoints = this.callers(region);
  }

  /** What a private API is reached by; absent: it is a regional one. */
  get privateApi():
    | {
        readonly vpc: ec2.IVpc;
        readonly endpoints: readonly ec2.IVpcEndpoint[];
        readonly ownEndpoint?: ec2.InterfaceVpcEndpoint | undefined;
      }
    | undefined {
    if (this.placement === undefined || !this.isClosed) return undefined;
    return { vpc: this.placement.vpc, endpoints: this.apiEndpoints, ownEndpoint: this.ownApiEndpoint };
  }

  private vpcOf({ deployment: { network }, region, logs }: RegionNetworkProps): {
    readonly vpc: ec2.IVpc;
    readonly subnets: ec2.SubnetSelection;
  } {
    if (region.vpc !== undefined) {
      const vpc = broughtVpc(this, region.vpc);
      return { vpc, subnets: { subnets: vpc.privateSubnets } };
    }
    return new MadeVpc(this, 'Made', { ...sizeOf(network), logs });
  }

  /**
   * HTTPS to anywhere there is a route to: DynamoDB and S3 behind their gateway endpoints have public addresses, known by
   * a list whose id no template can look up. Where there is no way to the internet it is the route tables that keep it
   * so. In-house providers may listen on any port of a private address.
   */
  private functionsGroup(vpc: ec2.IVpc): ec2.SecurityGroup {
    const group = new ec2.SecurityGroup(this, 'Functions', {
      vpc,
      description: 'The functions: nobody calls them here',
      allowAllOutbound: false,
    });
    group.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(443), 'AWS and providers');
    for (const range of privateRanges) {
      group.addEgressRule(ec2.Peer.ipv4(range), ec2.Port.allTcp(), 'in-house providers');
    }
    return group;
  }

  private callers({ callerEndpointIds }: DeploymentRegion): readonly ec2.IVpcEndpoint[] {
    const others = callerEndpointIds.map((vpcEndpointId) =>
      ec2.InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(this, vpcEndpointId, {
        vpcEndpointId,
        port: 443,
      }),
    );
    const all = this.ownApiEndpoint === undefined ? others : [this.ownApiEndpoint, ...others];
    if (all.length === 0) {
      Annotations.of(this).addError(
        'a private API needs a VPC endpoint of execute-api to be called through: name it in callerEndpointIds',
      );
    }
    return all;
  }

  private warn({ homeRegion, network }: Deployment, { share }: DeploymentRegion): void {
    const unreachable = this.unreachableRegions;
    if (unreachable.length === 0) return;
    const sentences = [
      `there is no way from here to DynamoDB in ${unreachable.join(', ')}: nothing is borrowed there, and of every hard ` +
        'limit this region has its own share alone',
      ...(share === 0 ? ['that share is 0, so every hard limit refuses here'] : []),
      ...(unreachable.includes(homeRegion)
        ? [`administration is written in ${homeRegion}, and so has to be called there`]
        : []),
      `${network.mode === 'airgapped' ? '' : 'a NAT gateway, or '}replicaEndpoints gives a way`,
    ];
    Annotations.of(this).addWarningV2('fairlead:fixed-shares', sentences.join('; '));
  }
}

/** Of a VPC that is made; in mode `public` managed instances alone stand in it, and call providers. */
function sizeOf(network: Network): {
  readonly addressRange: string;
  readonly availabilityZones: number;
  readonly natGateways: number;
} {
  if (network.mode === 'public')
    return { addressRange: '10.64.0.0/20', availabilityZones: 2, natGateways: 1 };
  const { addressRange, availabilityZones } = network;
  const natGateways = hasEgress(network) && network.mode === 'vpc' ? (network.natGateways ?? 1) : 0;
  return { addressRange, availabilityZones, natGateways };
}
