"""Stands in for the product's manage.py: proves that the database answers, and little else."""

import os
import sys

import psycopg

command = sys.argv[1]
url = os.environ["OWNER_DATABASE_URL" if command == "migrate" else "DATABASE_URL"]
with psycopg.connect(url) as connection:
    role = connection.execute("SELECT current_user").fetchone()[0]
if command == "demo":
    print(f"login alice as {role}")
