import type { Stack } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import { zones } from '../../../lib/policy/zones.ts';
import { allowWildcard } from '../code/answers.ts';

/** Why every wildcard here: the region is what is fixed. */
const chosenAtRunTime = "which models are served is the gateway document's affair, at run time";

const invoke = ['bedrock:InvokeModel', 'bedrock:InvokeModelWithResponseStream'];

/** Bedrock as one region may use it: its own models, and inference profiles that stay inside its residency zones. */
export class BedrockModels {
  private readonly stack: Stack;
  private readonly zoneRegions: readonly string[];

  constructor(stack: Stack, zoneNames: readonly string[]) {
    this.stack = stack;
    this.zoneRegions = Object.entries(zones)
      .filter(([zone]) => zoneNames.includes(zone))
      .flatMap(([, regions]) => regions)
      .filter((region) => region !== stack.region);
  }

  grantInvoke(role: iam.Role): void {
    const own = this.foundationModels(this.stack.region);
    const profiles = ['inference-profile', 'application-inference-profile'].map((resource) =>
      this.stack.formatArn({ service: 'bedrock', resource, resourceName: '*' }),
    );
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: invoke,
      resourceArns: [own, ...profiles],
    });
    for (const arn of [own, ...profiles]) allowWildcard(role, arn, chosenAtRunTime);
    if (this.zoneRegions.length === 0) return;
    // A profile asks for the model in every region it may route to (docs.aws.amazon.com/bedrock/latest/userguide/
    // inference-profiles-prereq.html), so one that reaches beyond the zone is refused. Models of the zone's other
    // regions cannot be called directly.
    const elsewhere = this.zoneRegions.map((region) => this.foundationModels(region));
    for (const arn of elsewhere) allowWildcard(role, arn, chosenAtRunTime);
    iam.Grant.addToPrincipal({
      grantee: role,
      actions: invoke,
      resourceArns: elsewhere,
      conditions: { ArnLike: { 'bedrock:InferenceProfileArn': profiles } },
    });
  }

  /** Foundation models belong to no account. */
  private foundationModels(region: string): string {
    return this.stack.formatArn({
      service: 'bedrock',
      region,
      account: '',
      resource: 'foundation-model',
      resourceName: '*',
    });
  }
}
