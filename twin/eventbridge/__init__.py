"""EventBridge: the bus, rules, patterns, schedules and deliveries."""
