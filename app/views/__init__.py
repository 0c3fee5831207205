"""The pages. Each reads top to bottom and draws what `session` and `cards` hand it."""
