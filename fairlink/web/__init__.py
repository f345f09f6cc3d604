"""What every page shares: sessions, access, errors, fields and filters."""
