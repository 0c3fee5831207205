"""Things to draw: each function draws one thing around the origin, within 50 units of it."""
