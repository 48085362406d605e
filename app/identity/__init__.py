"""Who asks: keys to actors."""
