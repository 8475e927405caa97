"""How an application publishes the outcomes of its requests, so that an A/B test can judge them."""
