"""Spectra in memory, shuffled anew in each epoch."""

import numpy as np


class Spectra:
    def __init__(self, spectra, materials, batch_size, seed=0):
        self.spectra, self.materials, self.batch_size = spectra, materials, batch_size
        self.seed, self.epoch = seed, 0

    def __len__(self):
        return -(-len(self.spectra) // self.batch_size)

    def __getitem__(self, index):
        if not 0 <= index < len(self):
            raise IndexError(index)
        order = np.random.RandomState([self.seed, self.epoch]).permutation(len(self.spectra))
        rows = order[index * self.batch_size : (index + 1) * self.batch_size]
        return self.spectra[rows], self.materials[rows]

    def on_epoch_end(self):
        self.epoch += 1
