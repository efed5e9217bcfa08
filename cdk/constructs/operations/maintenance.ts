import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import * as targets from 'aws-cdk-lib/aws-events-targets';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { maintenanceEntry } from '../code/bundle.ts';
import { nodeFunction, type FunctionSurroundings } from '../code/node-function.ts';

export interface MaintenanceProps extends FunctionSurroundings {
  /** The deployment, its sites and the names of its global tables. */
  readonly environment: Record<string, string>;
}

/** About 8,600 short runs a month, for a cent or two; three in every quarter of an hour that alarms look at. */
const apart = Duration.minutes(5);

/**
 * Looks after the replicas of the global tables and their keys. An EventBridge rule calls it, which needs no role of its
 * own as a schedule of EventBridge Scheduler would. A run that fails is not made again, since the next one comes soon:
 * so errors of the function count runs.
 */
export class Maintenance extends Construct {
  /** It may write its log; what it looks at is granted to it by whoever has that. */
  readonly role: iam.Role;
  readonly handler: lambda.Function;

  constructor(scope: Construct, id: string, props: MaintenanceProps) {
    super(scope, id);
    const made = nodeFunction(this, {
      ...props,
      entry: maintenanceEntry,
      description: 'Fairlead: looks after replicas and their keys',
      roleDescription: 'The maintenance function: states of the global tables',
      memoryMb: 256,
      timeout: Duration.seconds(30),
    });
    this.role = made.role;
    this.handler = made.handler;
    this.handler.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: apart });
    new events.Rule(this, 'Schedule', {
      description: 'Fairlead: when maintenance runs',
      schedule: events.Schedule.rate(apart),
      targets: [
        // The CDK's own types refuse this upcast under exactOptionalPropertyTypes.
        new targets.LambdaFunction(this.handler as lambda.IFunction, {
          retryAttempts: 1,
          maxEventAge: apart,
        }),
      ],
    });
  }
}
