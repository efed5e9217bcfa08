import { ArnFormat, type Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as kms from 'aws-cdk-lib/aws-kms';
import { allowWildcard } from '../code/answers.ts';
import { grantDataKey } from './region-keys.ts';

/** The provider keys of one region. Operations create them in Secrets Manager; no deployment knows their values. */
export class ProviderSecrets {
  private readonly stack: Stack;
  private readonly prefix: string;
  private readonly key: kms.IKey;

  /**
   * @param prefix what their names begin with
   * @param key of the region; a secret under AWS's own key needs none
   */
  constructor(stack: Stack, prefix: string, key: kms.IKey) {
    this.stack = stack;
    this.prefix = prefix;
    this.key = key;
  }

  grantRead(role: iam.Role): void {
    this.grant(role, 'GetSecretValue');
    grantDataKey(role, this.key, 'secretsmanager', 'Decrypt');
  }

  /** Whether a secret is there and when it changed, without its value. */
  grantDescribe(role: iam.Role): void {
    this.grant(role, 'DescribeSecret');
  }

  private grant(role: iam.Role, action: string): void {
    const arn = this.stack.formatArn({
      service: 'secretsmanager',
      resource: 'secret',
      resourceName: `${this.prefix}*`,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    allowWildcard(
      role,
      arn,
      'secrets are named by the gateway document at run time, and Secrets Manager ends their ARNs in random characters',
    );
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: [`secretsmanager:${action}`],
      resourceArns: [arn],
    });
  }
}
