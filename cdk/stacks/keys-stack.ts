import * as cdk from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { RegionKeys, type Keys } from '../constructs/state/region-keys.ts';
import type { Deployment } from '../deployment.ts';

export interface KeysStackProps extends cdk.StackProps {
  readonly deployment: Deployment;
}

/** The keys of one region. First of all stacks: a replica of a table cannot be made before its key. */
export class KeysStack extends cdk.Stack {
  readonly keys: Keys;

  constructor(scope: Construct, id: string, props: KeysStackProps) {
    super(scope, id, { ...props, terminationProtection: true, tags: props.deployment.tags });
    this.keys = new RegionKeys(this, 'Keys', props.deployment);
  }
}
