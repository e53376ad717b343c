"""What will they do: features, models, their registry and cards."""
