"""The contract to read: its requirements with what breaks them, and how to write what keeps them."""
