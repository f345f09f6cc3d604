"""Estimators: the only importers of the statistics libraries, run in a process of their own by `monitoring.gateway`.

Nothing else imports this folder: the libraries are large, and what they do is bounded in time and memory there.
"""
