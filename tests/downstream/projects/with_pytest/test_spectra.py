import numpy as np
import refloader
from spectra import Spectra


def test_length():
    assert len(Spectra(np.zeros((5, 3)), np.zeros(5), batch_size=2)) == 3


def make(samples, batch_size, seed):
    return Spectra(*samples.arrays, batch_size, seed)


test_contract = refloader.contract_tests(make, shuffle=True, seeded=True, skip="training")
