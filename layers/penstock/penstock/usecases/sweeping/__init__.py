"""What finds what events lost."""
