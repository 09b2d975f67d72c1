"""A busy day at the till against real servers that are killed at random: what was acknowledged must be there, once."""
