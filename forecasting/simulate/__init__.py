"""Seeded networks with honest noise and attacks, to train, test and demonstrate on. Never a stand-in for real figures."""
