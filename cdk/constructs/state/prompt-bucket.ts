import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as s3 from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { allowWildcard, answer } from '../code/answers.ts';

export interface PromptBucketProps {
  readonly keepDays: number;
}

/**
 * Prompts and answers, where a deployment asks for them: in the region they were spoken in, under a key that opens
 * nothing else. The gateway writes; nobody of this deployment reads.
 */
export class PromptBucket extends Construct {
  readonly bucketName: string;
  private readonly bucket: s3.Bucket;
  private readonly key: kms.Key;

  constructor(scope: Construct, id: string, { keepDays }: PromptBucketProps) {
    super(scope, id);
    this.key = new kms.Key(this, 'Key', {
      description: 'Fairlead: prompts and answers',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.bucket = new s3.Bucket(this, 'Bucket', {
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      objectOwnership: s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      lifecycleRules: [
        { expiration: Duration.days(keepDays), abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
      removalPolicy: RemovalPolicy.RETAIN,
    });
    this.bucketName = this.bucket.bucketName;
    answer(
      this.bucket,
      'AwsSolutions-S1',
      'who reads prompts is told by CloudTrail data events, which name the principal; access logs do not',
    );
  }

  /** Adding objects: not reading, listing, or deleting one. */
  grantStore(role: iam.Role): void {
    const objects = this.bucket.arnForObjects('*');
    allowWildcard(role, objects, 'objects are named by day and request');
    iam.Grant.addToPrincipal({ grantee: role, actions: ['s3:PutObject'], resourceArns: [objects] });
    role.addToPrincipalPolicy(
      new iam.PolicyStatement({
        // With a bucket key, S3 also decrypts on behalf of who puts (docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html).
        actions: ['kms:GenerateDataKey', 'kms:Decrypt'],
        resources: [this.key.keyArn],
        conditions: { StringEquals: { 'kms:ViaService': `s3.${Stack.of(this).region}.amazonaws.com` } },
      }),
    );
  }
}
