"""What people fill in about groups and applications."""
