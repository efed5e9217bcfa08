import type * as kms from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import type { Deployment, DeploymentRegion } from '../../deployment.ts';
import { AlarmTopic } from './alarm-topic.ts';
import type { Watched } from './alarms/alarm-kind.ts';
import { GlobalDashboard } from './global-dashboard.ts';
import { RegionAlarms } from './region-alarms.ts';
import { RegionDashboard } from './region-dashboard.ts';

export interface OperationsProps {
  readonly deployment: Deployment;
  readonly region: DeploymentRegion;
  readonly watched: Omit<Watched, 'homeRegion'>;
  readonly key: kms.IKey;
  /** Of the gateway function. */
  readonly logGroupName: string;
}

/** What is watched, who is told, where to look. */
export class Operations extends Construct {
  readonly alarms: RegionAlarms;

  constructor(scope: Construct, id: string, props: OperationsProps) {
    super(scope, id);
    const { deployment, region, key, logGroupName } = props;
    const { homeRegion } = deployment;
    const watched: Watched = { ...props.watched, homeRegion };
    const topic = new AlarmTopic(this, 'Topic', {
      email: deployment.alarms.email,
      topicArn: region.alarmTopicArn,
      key,
    });
    this.alarms = new RegionAlarms(this, 'Alarms', { watched, topic });
    new RegionDashboard(this, 'Region', { watched, alarms: this.alarms.all, logGroupName });
    const regions = deployment.regions.map((each) => each.region);
    // Of a single region, its own dashboard says everything.
    if (region.region === homeRegion && regions.length > 1) {
      new GlobalDashboard(this, 'Global', { deploymentName: deployment.name, regions });
    }
  }
}
