"""TMDb without a key: its shapes, limits and errors, over a made-up world of titles. Nothing here is TMDb's data."""
