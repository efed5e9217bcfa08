import { AssetHashType, BundlingOutput, DockerImage } from 'aws-cdk-lib';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { dirname, join } from 'node:path';
import { bundleFunction } from './bundle.ts';

/** The bundle of a function, made where the CDK runs; identical output has an identical hash. */
export function bundledCode(entry: string): lambda.Code {
  return lambda.Code.fromAsset(join(import.meta.dirname, '../../..', dirname(entry)), {
    bundling: {
      // The CDK's type asks for an image. It is never pulled: the local bundling below does not decline.
      image: DockerImage.fromRegistry('unused'),
      outputType: BundlingOutput.NOT_ARCHIVED,
      local: {
        tryBundle(outputDirectory) {
          bundleFunction(entry, outputDirectory);
          return true;
        },
      },
    },
    // A bundle is made of far more than its folder's own files.
    assetHashType: AssetHashType.OUTPUT,
  });
}
