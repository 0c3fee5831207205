"""Where training data comes from: one module per package that carries some of it."""
