"""What is seen of a delivered batch, and written into the ledger."""
