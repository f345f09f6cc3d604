"""Schemes and their versions, calls, the quote engine, envelopes and the aid ledger."""
