"""What firms owe, how they pay it by card or transfer, and what they get back."""
