import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as logs from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { LogSettings } from '../code/node-function.ts';

export interface MadeVpcProps {
  readonly addressRange: string;
  readonly availabilityZones: number;
  /** None: there is no way to the internet, and no gateway to it. */
  readonly natGateways: number;
  readonly logs: LogSettings;
}

/**
 * A VPC whose functions stand in private subnets. Public ones hold NAT gateways and nothing else, and are there only
 * with them. What was let through and what was not is written down, addresses and ports alone. The VPC's default
 * security group stays as AWS makes it, since CloudFormation cannot take its rules away; nothing stands in it.
 */
export class MadeVpc extends Construct {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SubnetSelection;

  constructor(scope: Construct, id: string, props: MadeVpcProps) {
    super(scope, id);
    const { natGateways } = props;
    const type = natGateways > 0 ? ec2.SubnetType.PRIVATE_WITH_EGRESS : ec2.SubnetType.PRIVATE_ISOLATED;
    const vpc = new ec2.Vpc(this, 'Vpc', {
      ipAddresses: ec2.IpAddresses.cidr(props.addressRange),
      maxAzs: props.availabilityZones,
      natGateways,
      subnetConfiguration: [
        { name: 'Functions', subnetType: type },
        ...(natGateways > 0
          ? [{ name: 'Nat', subnetType: ec2.SubnetType.PUBLIC, cidrMask: 28, mapPublicIpOnLaunch: false }]
          : []),
      ],
    });
    // The CDK's own types refuse this upcast under exactOptionalPropertyTypes.
    this.vpc = vpc as ec2.IVpc;
    this.subnets = { subnetType: type };
    vpc.addFlowLog('Flow', {
      destination: ec2.FlowLogDestination.toCloudWatchLogs(new logs.LogGroup(this, 'FlowLog', props.logs)),
    });
  }
}

/** A VPC that exists, by its ids alone. */
export const broughtVpc = (
  scope: Construct,
  vpc: {
    readonly id: string;
    readonly addressRange: string;
    readonly availabilityZones: readonly string[];
    readonly privateSubnetIds: readonly string[];
    readonly routeTableIds: readonly string[];
  },
): ec2.IVpc =>
  ec2.Vpc.fromVpcAttributes(scope, 'Vpc', {
    vpcId: vpc.id,
    vpcCidrBlock: vpc.addressRange,
    region: Stack.of(scope).region,
    availabilityZones: [...vpc.availabilityZones],
    privateSubnetIds: [...vpc.privateSubnetIds],
    privateSubnetRouteTableIds: [...vpc.routeTableIds],
  });
