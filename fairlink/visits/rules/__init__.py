"""The pure decisions of visits: agendas and what keeps a meeting from being held."""
