"""How events and tasks come in."""
