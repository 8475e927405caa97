"""EventBridge: the event bus, rules, patterns, schedules and deliveries."""
