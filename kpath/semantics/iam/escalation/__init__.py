"""Raising privileges in AWS: the known ways as a table, and who can take which."""
