"""Whole flows, played from outside."""
