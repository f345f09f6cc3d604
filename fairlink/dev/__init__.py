"""The set-up for development behind `make run`: every process on one machine, and a mailbox to look into."""
