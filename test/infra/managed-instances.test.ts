import * as cdk from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { expect, it } from 'vitest';
import { ManagedGateway } from '../../cdk/constructs/gateway/managed-gateway.ts';
import cdkSettings from '../../cdk.json' with { type: 'json' };
import { account, statementsOf } from './templates.ts';

const instances = {
  minEnvironments: 3,
  maxEnvironments: 30,
  maxVcpus: 64,
  memoryMb: 4_096,
  requestsPerEnvironment: 64,
};

function synthesized(tags: Record<string, string>): Template {
  const app = new cdk.App({ context: { ...cdkSettings.context, 'aws:cdk:bundling-stacks': [] } });
  const stack = new cdk.Stack(app, 'Stack', { env: { account, region: 'eu-central-1' } });
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-0a1b2c3d',
    availabilityZones: ['eu-central-1a', 'eu-central-1b'],
    privateSubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'],
  });
  new ManagedGateway(stack, 'Managed', {
    instances,
    environment: { FAIRLEAD_SITE: 'eu-central-1' },
    placement: {
      vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0a1b2c3d')],
    },
    tags,
    // The CDK's own types refuse this upcast under exactOptionalPropertyTypes.
    logs: { retention: logs.RetentionDays.ONE_MONTH, encryptionKey: new kms.Key(stack, 'Key') as kms.IKey },
    tracing: 'off',
  });
  return Template.fromStack(stack);
}

const template = synthesized({ application: 'fairlead' });
const only = (type: string): [id: string, resource: { Properties: Record<string, unknown> }] => {
  const [found, ...others] = Object.entries(template.findResources(type));
  if (found === undefined || others.length > 0) throw new Error(`expected one ${type}`);
  return [found[0], { Properties: found[1]['Properties'] ?? {} }];
};

it('runs the bundle of the gateway, many requests in one environment', () => {
  const [providerId] = only('AWS::Lambda::CapacityProvider');
  const [, { Properties }] = only('AWS::Lambda::Function');
  expect(Properties).toMatchObject({
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Handler: 'index.handler',
    MemorySize: 4_096,
    Timeout: 900,
    CapacityProviderConfig: {
      LambdaManagedInstancesCapacityProviderConfig: {
        CapacityProviderArn: { 'Fn::GetAtt': [providerId, 'Arn'] },
        PerExecutionEnvironmentMaxConcurrency: 64,
        ExecutionEnvironmentMemoryGiBPerVCpu: 2,
      },
    },
  });
  // Its instances stand in the VPC; a function there has none of its own, and no concurrency is taken from others.
  expect(Properties).not.toHaveProperty('VpcConfig');
  expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
});

it('serves by an alias, and pays for no environments but those of the version it points to', () => {
  const [versionId, { Properties: version }] = only('AWS::Lambda::Version');
  expect(version).toMatchObject({
    FunctionScalingConfig: { MinExecutionEnvironments: 3, MaxExecutionEnvironments: 30 },
  });
  const [, { Properties: alias }] = only('AWS::Lambda::Alias');
  expect(alias).toMatchObject({ Name: 'live', FunctionVersion: { 'Fn::GetAtt': [versionId, 'Version'] } });
  const [, { Properties: made }] = only('AWS::Lambda::Function');
  expect(made).toMatchObject({ PublishToLatestPublished: false });
  expect(made).not.toHaveProperty('FunctionScalingConfig');
  // A version left behind would keep its environments running.
  expect(template.findResources('AWS::Lambda::Version')[versionId]).not.toHaveProperty('DeletionPolicy');
});

it('keeps its instances in the private subnets, within a ceiling, logged and tagged', () => {
  const [, { Properties }] = only('AWS::Lambda::CapacityProvider');
  expect(Properties).toMatchObject({
    VpcConfig: { SubnetIds: ['subnet-0a1b2c3d', 'subnet-1a1b2c3d'], SecurityGroupIds: ['sg-0a1b2c3d'] },
    InstanceRequirements: { Architectures: ['arm64'] },
    CapacityProviderScalingConfig: { MaxVCpuCount: 64 },
  });
  expect(JSON.stringify(Properties['PropagateTags'])).toContain('fairlead');
  expect(JSON.stringify(synthesized({}).findResources('AWS::Lambda::CapacityProvider'))).not.toContain(
    'PropagateTags',
  );
  const groups = Object.entries(template.findResources('AWS::Logs::LogGroup'));
  expect(groups).toHaveLength(2);
  for (const [, { Properties: group }] of groups)
    expect(group).toMatchObject({ RetentionInDays: 30, KmsKeyId: expect.anything() });
  const instanceLogs = groups.map(([id]) => id).find((id) => id.includes('InstanceLogs'));
  expect(JSON.stringify(Properties)).toContain(instanceLogs);
});

it('gives Lambda the rights to run instances, and the function none of them', () => {
  const roles = template.findResources('AWS::IAM::Role');
  const attached = Object.entries(roles).map(([id, { Properties }]) => [
    id.replace(/[0-9A-F]{8}$/, ''),
    JSON.stringify(Properties['ManagedPolicyArns'] ?? []),
  ]);
  expect(Object.fromEntries(attached)).toEqual({
    ManagedOperator: expect.stringContaining('AWSLambdaManagedEC2ResourceOperator'),
    ManagedRole: '[]',
  });
  // Beyond that, and without resources the function uses, each may write its own log.
  for (const [policy, logGroup] of [
    ['ManagedRole', 'ManagedLogs'],
    ['ManagedOperator', 'ManagedInstanceLogs'],
  ] as const) {
    expect(statementsOf(template, policy)).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: [{ 'Fn::GetAtt': [expect.stringMatching(`^${logGroup}[0-9A-F]{8}$`), 'Arn'] }],
      },
    ]);
  }
});
