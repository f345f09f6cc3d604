"""Reads of results: what the summary tables are made of, what they say, and the rows behind it."""
