"""Fairs, their stands and time slots, and the public catalogue."""
