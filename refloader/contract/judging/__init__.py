"""What the chapters' requirements are judged by: questions about a ledger that take more than a line."""
