"""What use cases need of the world, in the domain's words."""
