"""What came of the support: results for staff."""
