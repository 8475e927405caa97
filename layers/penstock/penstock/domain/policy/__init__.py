"""What people write in a policy, and what the parameters of the stack allow."""
