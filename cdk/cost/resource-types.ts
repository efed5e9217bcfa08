/** Types that cost nothing, each with what bears the cost instead or why there is none. */
const partOfApi = 'part of an API, which is paid for by request';
const partOfVpc = 'networks cost nothing; gateways and endpoints in them do';
const access = 'who may do what costs nothing';
const onChange = 'a call of a function, when a stack changes';

export const freeTypes: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::Account': partOfApi,
  'AWS::ApiGateway::BasePathMapping': partOfApi,
  'AWS::ApiGateway::BasePathMappingV2': partOfApi,
  'AWS::ApiGateway::Deployment': partOfApi,
  'AWS::ApiGateway::DomainName': partOfApi,
  'AWS::ApiGateway::DomainNameAccessAssociation': partOfApi,
  'AWS::ApiGateway::DomainNameV2': partOfApi,
  'AWS::ApiGateway::GatewayResponse': partOfApi,
  'AWS::ApiGateway::Method': partOfApi,
  'AWS::ApiGateway::Resource': partOfApi,
  'AWS::ApiGateway::Stage': 'costs something only with a cache, and has none',
  'AWS::ApplicationAutoScaling::ScalableTarget': 'scaling costs nothing; what it scales does',
  'AWS::ApplicationAutoScaling::ScalingPolicy': 'its alarms are the service’s own',
  'AWS::CertificateManager::Certificate': 'public certificates of services that take them are free',
  'AWS::CloudFormation::CustomResource': onChange,
  'Custom::LedgerPolicy': onChange,
  'AWS::CodeDeploy::Application': 'deployments of Lambda are free',
  'AWS::CodeDeploy::DeploymentConfig': 'deployments of Lambda are free',
  'AWS::CodeDeploy::DeploymentGroup': 'deployments of Lambda are free',
  'AWS::EC2::FlowLog': 'paid for as log bytes',
  'AWS::EC2::InternetGateway': partOfVpc,
  'AWS::EC2::Route': partOfVpc,
  'AWS::EC2::RouteTable': partOfVpc,
  'AWS::EC2::SecurityGroup': partOfVpc,
  'AWS::EC2::SecurityGroupIngress': partOfVpc,
  'AWS::EC2::Subnet': partOfVpc,
  'AWS::EC2::SubnetRouteTableAssociation': partOfVpc,
  'AWS::EC2::VPC': partOfVpc,
  'AWS::EC2::VPCGatewayAttachment': partOfVpc,
  'AWS::IAM::ManagedPolicy': access,
  'AWS::IAM::Policy': access,
  'AWS::IAM::Role': access,
  'AWS::KMS::Alias': 'a name of a key',
  'AWS::Lambda::Alias': 'a name of a version, which is paid for where it is kept warm',
  'AWS::Lambda::CapacityProvider': 'its instances are paid for with the function on them',
  'AWS::Lambda::EventInvokeConfig': 'a setting of a function',
  'AWS::Lambda::Permission': access,
  'AWS::Route53::RecordSet': '10,000 of a zone, and answers that lead to AWS, cost nothing',
  'AWS::S3::BucketPolicy': access,
  'AWS::SNS::Subscription': 'mails: 1,000 a month free, 2 $ for 100,000 more',
  'AWS::SNS::Topic': 'mails: 1,000 a month free, 2 $ for 100,000 more',
  'AWS::SNS::TopicPolicy': access,
  'AWS::SQS::QueuePolicy': access,
  'AWS::WAFv2::IPSet': 'paid for with the rule that uses it',
  'AWS::WAFv2::LoggingConfiguration': 'paid for as log bytes',
  'AWS::WAFv2::WebACLAssociation': 'paid for with the ACL',
};

/** Types that cost nothing while nothing happens: `traffic.ts` knows what they cost otherwise. */
export const typesPaidByUse: Readonly<Record<string, string>> = {
  'AWS::ApiGateway::RestApi': 'requests and bytes',
  'AWS::DynamoDB::GlobalTable': 'reads, writes, storage and recovery, on demand',
  'AWS::Logs::LogGroup': 'bytes, as they come and as they are kept',
  'AWS::S3::Bucket': 'objects',
  'AWS::SQS::Queue': 'requests',
};
