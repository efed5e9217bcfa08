import { Duration } from 'aws-cdk-lib';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as lambda from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { adminEntry } from '../code/bundle.ts';
import { nodeFunction, type FunctionSurroundings } from '../code/node-function.ts';

export interface AdminFunctionProps extends FunctionSurroundings {
  readonly environment: Record<string, string>;
}

/** The function behind the administration's routes. It never sees a provider key, a prompt or an answer. */
export class AdminFunction extends Construct {
  readonly role: iam.Role;
  readonly handler: lambda.Function;

  constructor(scope: Construct, id: string, props: AdminFunctionProps) {
    super(scope, id);
    const made = nodeFunction(this, {
      ...props,
      entry: adminEntry,
      description: 'Fairlead: administration, for callers IAM has named',
      roleDescription: 'The administration function: governance at home, everything else to read',
      // A document with 100,000 virtual keys is read and checked as a whole.
      memoryMb: 1769,
      // As long as API Gateway waits for an answer that is not streamed.
      timeout: Duration.seconds(29),
    });
    this.role = made.role;
    this.handler = made.handler;
  }
}
