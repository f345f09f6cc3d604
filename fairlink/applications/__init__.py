"""Producer groups, their applications, and the life of an award."""
