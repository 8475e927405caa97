"""The parts that all services of the twin share: hooks into moto, sizes, pages and rates."""
