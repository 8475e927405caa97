"""CloudFormation and the SAM transform: creates, updates and deletes stacks."""
