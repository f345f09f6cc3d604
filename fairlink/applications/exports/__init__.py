"""Files for banks, and letters as accessible PDF."""
