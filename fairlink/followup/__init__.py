"""Leads, the prompts that follow them for three years, and the orders they became."""
