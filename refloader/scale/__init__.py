"""What takes a loader past one machine: its shard, manifests of any size, files elsewhere."""
