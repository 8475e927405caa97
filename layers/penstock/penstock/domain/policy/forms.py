"""Forms of values that may be written in two ways. pydantic puts them into the path of an error."""

STEPS_FORMS = ("word", "numbers")
SIGNAL_FORMS = ("word", "custom")
