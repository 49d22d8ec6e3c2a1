import unittest

import refloader
from feeding.pictures import Pictures


def make(samples, batch_size, seed):
    return Pictures(samples.frame, batch_size)


class TestFeeding(unittest.TestCase):
    def test_contract_is_kept(self):
        report = refloader.judge(
            make, tail="drop", only=("protocol", "coverage", "pairing", "faults")
        )
        self.assertTrue(report.passed, str(report))


if __name__ == "__main__":
    unittest.main()
