"""The reader of conditions that goes event by event: state per person, and timers."""
