"""The strategies: the keys of the policy that each reads, and the stages that it makes."""
