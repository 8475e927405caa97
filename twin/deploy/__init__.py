"""CloudFormation and the SAM transform: stacks are created, updated and deleted."""
