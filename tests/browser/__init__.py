"""What needs a real browser: journeys in chromium, and axe."""
