"""The policy that people write, and what the stack's parameters allow."""
