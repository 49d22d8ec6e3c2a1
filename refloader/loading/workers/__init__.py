"""Who reads the batches faster: threads or processes of the loader's own, and a little ahead."""
