"""Attacks that no package meets alone: on every page, and on what several packages do together."""
