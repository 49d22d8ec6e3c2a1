"""One image file made one row of a batch: `images` decodes it, and `png` notices that it ends early."""
