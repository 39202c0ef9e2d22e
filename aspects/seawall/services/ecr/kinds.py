"""Resource types of Amazon ECR."""

REPOSITORY = "AWS::ECR::Repository"
PUBLIC_REPOSITORY = "AWS::ECR::PublicRepository"
CREATION_TEMPLATE = "AWS::ECR::RepositoryCreationTemplate"
EXCLUSION = "AWS::ECR::PullTimeUpdateExclusion"
REPLICATION = "AWS::ECR::ReplicationConfiguration"
