import { ArnFormat, type Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { providerSecretPrefix } from '../../../lib/stores/schema.ts';

/** The provider keys of one region. Operations create them in Secrets Manager; no deployment knows their values. */
export class ProviderSecrets {
  private readonly stack: Stack;

  constructor(stack: Stack) {
    this.stack = stack;
  }

  grantRead(role: iam.Role): void {
    this.grant(role, 'GetSecretValue');
  }

  /** Whether a secret is there and when it changed, without its value. */
  grantDescribe(role: iam.Role): void {
    this.grant(role, 'DescribeSecret');
  }

  private grant(role: iam.Role, action: string): void {
    // Wildcard: which secrets exist is the gateway document's affair, at run time; and Secrets Manager appends six
    // random characters to every secret's ARN.
    const arn = this.stack.formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${providerSecretPrefix}*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: [`secretsmanager:${action}`],
      resourceArns: [arn],
    });
  }
}
