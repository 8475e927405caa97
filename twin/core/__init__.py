"""Hooks into moto, sizes, pages, rates: what every service of the twin shares."""
