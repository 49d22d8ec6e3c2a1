"""The processes in which drives are made, and how it is seen that one stands still."""
