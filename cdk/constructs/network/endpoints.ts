import { Stack } from 'aws-cdk-lib';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { privateRanges } from './ranges.ts';

export interface EndpointsProps {
  readonly vpc: ec2.IVpc;
  readonly subnets: ec2.SubnetSelection;
  /** Of the functions: nobody else uses these endpoints. */
  readonly functions: ec2.ISecurityGroup;
  readonly tracing: boolean;
  /** Prompts are stored: S3 is needed. */
  readonly prompts: boolean;
  /** A private API is called through one. */
  readonly api: boolean;
}

const service = ec2.InterfaceVpcEndpointAwsService;

/**
 * The ways to AWS that do not leave the VPC, each for principals and resources of this account alone: a function that
 * were made to carry data to another account's bucket or table would be refused here, whatever credentials it was given.
 */
export class Endpoints extends Construct {
  /** Of the API, where it is private. */
  readonly api?: ec2.InterfaceVpcEndpoint;

  constructor(scope: Construct, id: string, props: EndpointsProps) {
    super(scope, id);
    const { vpc, subnets, functions } = props;
    const group = new ec2.SecurityGroup(this, 'Group', {
      vpc,
      description: 'Endpoints of AWS services: from the functions, and from nobody else',
      allowAllOutbound: false,
    });
    group.addIngressRule(functions, ec2.Port.tcp(443), 'the functions');
    const services: Readonly<Record<string, ec2.InterfaceVpcEndpointAwsService | undefined>> = {
      Secrets: service.SECRETS_MANAGER,
      Kms: service.KMS,
      Logs: service.CLOUDWATCH_LOGS,
      Sqs: service.SQS,
      Sts: service.STS,
      Bedrock: service.BEDROCK_RUNTIME,
      Xray: props.tracing ? service.XRAY : undefined,
    };
    for (const [name, one] of Object.entries(services)) {
      if (one === undefined) continue;
      new ec2.InterfaceVpcEndpoint(this, name, {
        vpc,
        subnets,
        service: one,
        open: false,
        securityGroups: [group],
      }).addToPolicy(one === service.BEDROCK_RUNTIME ? this.ownPrincipals() : this.ownResources());
    }
    const gateways: Readonly<Record<string, ec2.GatewayVpcEndpointAwsService | undefined>> = {
      Dynamo: ec2.GatewayVpcEndpointAwsService.DYNAMODB,
      S3: props.prompts ? ec2.GatewayVpcEndpointAwsService.S3 : undefined,
    };
    for (const [name, one] of Object.entries(gateways)) {
      if (one === undefined) continue;
      new ec2.GatewayVpcEndpoint(this, name, { vpc, subnets: [subnets], service: one }).addToPolicy(
        this.ownResources(),
      );
    }
    if (props.api) this.api = this.apiEndpoint(vpc, subnets);
  }

  /** Callers come from this VPC and from networks joined to it, with a virtual key and no AWS credentials. */
  private apiEndpoint(vpc: ec2.IVpc, subnets: ec2.SubnetSelection): ec2.InterfaceVpcEndpoint {
    const group = new ec2.SecurityGroup(this, 'ApiGroup', {
      vpc,
      description: 'The private API: from private addresses',
      allowAllOutbound: false,
    });
    for (const range of privateRanges)
      group.addIngressRule(ec2.Peer.ipv4(range), ec2.Port.tcp(443), 'callers');
    const endpoint = new ec2.InterfaceVpcEndpoint(this, 'Api', {
      vpc,
      subnets,
      service: service.APIGATEWAY,
      open: false,
      securityGroups: [group],
    });
    endpoint.addToPolicy(
      new iam.PolicyStatement({
        principals: [new iam.AnyPrincipal()],
        actions: ['execute-api:Invoke'],
        // Wildcard: APIs are named by API Gateway; each says in its own policy through which endpoints it is called.
        resources: [Stack.of(this).formatArn({ service: 'execute-api', resource: '*' })],
      }),
    );
    return endpoint;
  }

  /** Foundation models belong to no account. */
  private ownPrincipals(): iam.PolicyStatement {
    return new iam.PolicyStatement({
      principals: [new iam.AnyPrincipal()],
      // Wildcards: what each role may do is said by its own policy; an endpoint says whose roles.
      actions: ['*'],
      resources: ['*'],
      conditions: { StringEquals: { 'aws:PrincipalAccount': Stack.of(this).account } },
    });
  }

  /** A call about no resource in particular tells of no account that has it. */
  private ownResources(): iam.PolicyStatement {
    const own = this.ownPrincipals();
    own.addCondition('StringEqualsIfExists', { 'aws:ResourceAccount': Stack.of(this).account });
    return own;
  }
}
