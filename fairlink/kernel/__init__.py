"""The ground everything stands on: time, money, states, errors, the database and the queue."""
