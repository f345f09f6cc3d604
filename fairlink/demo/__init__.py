"""Demonstration data: a country's worth of fictitious firms, fairs, applications, meetings and orders."""

from fairlink.demo.loading import ACCOUNTS, PASSWORD, is_empty, load, load_if_empty

__all__ = ["ACCOUNTS", "PASSWORD", "is_empty", "load", "load_if_empty"]
