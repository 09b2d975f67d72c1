"""PostgreSQL with the tenant wall: row-level security, composite keys and references, the tenant told at BEGIN."""
