"""Buyers' visits to fairs, and their meetings with exhibitors."""
