import { CustomResource, Duration } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { seedEntry } from '../code/bundle.ts';
import { nodeFunction, type FunctionSurroundings } from '../code/node-function.ts';

export interface SeedProps extends Pick<FunctionSurroundings, 'logs'> {
  readonly environment: Record<string, string>;
  /** Lets the function store a first document, before it is called. */
  readonly grant: (role: iam.Role) => void;
}

/**
 * The first document of a deployment, stored once, in the home region: it opens nothing. Outside any VPC: it has to
 * answer CloudFormation on the internet, and sees nothing but an empty table.
 */
export class Seed extends Construct {
  constructor(scope: Construct, id: string, { logs, environment, grant }: SeedProps) {
    super(scope, id);
    const { role, handler } = nodeFunction(this, {
      logs,
      tracing: 'off',
      environment,
      entry: seedEntry,
      description: 'Fairlead: stores a first, empty document when a deployment is made',
      roleDescription: 'The seed function: putting governance items at home',
      memoryMb: 256,
      timeout: Duration.minutes(1),
    });
    grant(role);
    const document = new CustomResource(this, 'Document', { serviceToken: handler.functionArn });
    document.node.addDependency(role, handler);
  }
}
