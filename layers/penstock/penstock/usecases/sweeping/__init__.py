"""Finding what events missed."""
