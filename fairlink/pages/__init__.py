"""Pages that gather several packages: the front page, the public page of a fair, and everybody's home."""
