"""Files that people send in: kept outside the web root under random names, given out as downloads only."""
