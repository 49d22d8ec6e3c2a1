"""The seed's loader beside the reference loader: what each keeps of the contract."""
