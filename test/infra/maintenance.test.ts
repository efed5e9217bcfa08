import * as cdk from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as logs from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import { Maintenance } from '../../cdk/constructs/operations/maintenance.ts';
import { account, statementsOf } from './templates.ts';

const app = new cdk.App({ context: { 'aws:cdk:bundling-stacks': [] } });
const stack = new cdk.Stack(app, 'Bare', { env: { account, region: 'eu-central-1' } });
new Maintenance(stack, 'Maintenance', {
  environment: { FAIRLEAD_SITE: 'eu-central-1' },
  logs: { retention: logs.RetentionDays.ONE_MONTH, encryptionKey: new kms.Key(stack, 'Key') },
  tracing: 'off',
});
const template = Template.fromStack(stack);
const logicalId = (type: string): string => Object.keys(template.findResources(type))[0] ?? '';

describe('maintenance', () => {
  it('is a small function that is done long before the next run', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 256,
      Timeout: 30,
      Environment: { Variables: { FAIRLEAD_SITE: 'eu-central-1' } },
    });
  });

  it('runs every five minutes, called by its rule and by nobody else', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      ScheduleExpression: 'rate(5 minutes)',
      State: 'ENABLED',
      Targets: [
        Match.objectLike({
          Arn: { 'Fn::GetAtt': [logicalId('AWS::Lambda::Function'), 'Arn'] },
          RetryPolicy: { MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 1 },
        }),
      ],
    });
    template.resourceCountIs('AWS::Lambda::Permission', 1);
    template.hasResourceProperties('AWS::Lambda::Permission', {
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [logicalId('AWS::Events::Rule'), 'Arn'] },
    });
  });

  it('that fails is not tried again, so that errors count runs', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: logicalId('AWS::Lambda::Function') },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 300,
      DestinationConfig: Match.absent(),
    });
  });

  it('may write its log, and nothing else before a table grants it to be described', () => {
    expect(statementsOf(template, 'MaintenanceRole')).toEqual([
      {
        Effect: 'Allow',
        Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
        Resource: [{ 'Fn::GetAtt': [logicalId('AWS::Logs::LogGroup'), 'Arn'] }],
      },
    ]);
    expect(Object.keys(template.findResources('AWS::IAM::Role'))).toHaveLength(1);
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: { Statement: [{ Principal: { Service: 'lambda.amazonaws.com' } }] },
      ManagedPolicyArns: Match.absent(),
    });
  });

  it('logs under the key of operations, for as long as the deployment says', () => {
    template.hasResourceProperties('AWS::Logs::LogGroup', {
      RetentionInDays: 30,
      KmsKeyId: { 'Fn::GetAtt': [logicalId('AWS::KMS::Key'), 'Arn'] },
    });
  });
});
