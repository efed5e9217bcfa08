import { Stack } from 'aws-cdk-lib';
import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as actions from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import * as subscriptions from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';

export interface AlarmTopicProps {
  /** Who is told, where no topic is brought along. */
  readonly email?: string | undefined;
  readonly topicArn?: string | undefined;
  readonly key: kms.IKey;
}

/** Who is told of a region's alarms; nobody, where nobody is named. */
export class AlarmTopic extends Construct {
  private readonly action?: actions.SnsAction;

  constructor(scope: Construct, id: string, { email, topicArn, key }: AlarmTopicProps) {
    super(scope, id);
    if (topicArn !== undefined) {
      this.action = new actions.SnsAction(sns.Topic.fromTopicArn(this, 'Topic', topicArn));
      return;
    }
    if (email === undefined) return;
    const topic = new sns.Topic(this, 'Topic', { masterKey: key, enforceSSL: true });
    topic.addSubscription(new subscriptions.EmailSubscription(email));
    topic.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    );
    this.action = new actions.SnsAction(topic);
  }

  /** Tells of the alarm, and that it is over. */
  tell(alarm: cloudwatch.Alarm): void {
    if (this.action === undefined) return;
    alarm.addAlarmAction(this.action);
    alarm.addOkAction(this.action);
  }
}
