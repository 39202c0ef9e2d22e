"""Amazon EKS: Kubernetes objects, as the CDK writes them into custom resources."""
