"""What rules can ask, subject by subject: each module has a function that gives its fields."""
