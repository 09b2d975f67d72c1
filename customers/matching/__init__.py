"""Who is who: stands in until the engine is here."""
