"""Read mutated image files by the hundred thousand: `python -m tests.quality.fuzz_images`.

Each mutation is a function of the seed and its number alone, so that what is found is found again.
A child process reads them; a death of it is counted, named and followed by a new child.
"""

from __future__ import annotations

import argparse
import collections
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any, Counter, List

import numpy as np
from PIL import Image

from refloader.decoding.images import BadSample, Transform, read_image

CHUNK = 2000
ADDRESS_SPACE = 4 * 2**30
CPU_SECONDS = 600
WAYS = (
    Transform(),
    Transform("L", "crop"),
    Transform("RGB", "pad", "bilinear"),
    Transform(decoder="turbo"),
)


def originals() -> List[bytes]:
    """Return good files in each format."""
    noise = np.random.RandomState(1).randint(0, 256, (24, 32, 3)).astype(np.uint8)
    picture = Image.fromarray(noise)
    exif = Image.Exif()
    exif[0x0112] = 6
    cases: List[Any] = [
        ("RGB", "JPEG", {"exif": exif.tobytes()}),
        ("RGB", "JPEG", {"progressive": True}),
        ("CMYK", "JPEG", {}),
        ("RGB", "PNG", {}),
        ("P", "PNG", {"transparency": bytes(range(256))}),
        ("P", "GIF", {"save_all": True, "append_images": [picture.convert("P")]}),
        ("RGB", "BMP", {}),
        ("RGB", "PPM", {}),
        ("RGB", "TIFF", {"compression": "tiff_lzw"}),
        ("RGB", "TIFF", {}),
        ("RGB", "WEBP", {}),
    ]
    files = []
    for mode, kind, options in cases:
        stream = io.BytesIO()
        picture.convert(mode).save(stream, kind, **options)
        files.append(stream.getvalue())
    return files


def mutated(files: List[bytes], seed: int, number: int) -> bytes:
    """Return a file with some bytes changed, cut out, doubled, or taken from another file."""
    random = np.random.RandomState([seed, number])
    content = bytearray(files[number % len(files)])
    for _ in range(random.randint(1, 6)):
        # Headers are short and matter most: half of all changes are in the first 64 bytes.
        end = min(len(content), 64) if random.randint(2) else len(content)
        place = random.randint(max(end, 1))
        length = int(random.choice([1, 2, 4, 16, 64]))
        kind = random.randint(5)
        if kind == 0:
            content[place : place + length] = random.bytes(length)
        elif kind == 1:
            content[place : place + length] = random.choice([b"\x00", b"\xff", b"\x7f"]) * length
        elif kind == 2:
            del content[place : place + length]
        elif kind == 3:
            content[place:place] = content[place : place + length]
        else:
            other = files[random.randint(len(files))]
            content[place : place + length] = other[place : place + length]
    return bytes(content)


def child(seed: int, first: int, end: int) -> None:
    """Read the mutations first..end-1, telling each number before it is read."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    warnings.simplefilter("ignore")
    files, counts = originals(), collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        for number in range(first, end):
            os.write(2, b"%d\n" % number)
            path.write_bytes(mutated(files, seed, number))
            how = WAYS[number % len(WAYS)]
            out = np.full((8, 8, how.channels), 7, np.uint8)
            try:
                read_image(str(path), out, how)
                counts["read"] += 1
            except BadSample:
                counts["bad"] += 1
                counts["touched"] += int((out != 7).any())
            except MemoryError:
                counts["memory"] += 1
    sys.stdout.write(json.dumps(counts))


def fuzz(count: int, seed: int) -> Counter[str]:
    """Read that many mutations, and return how many ended how."""
    counts: Counter[str] = collections.Counter()
    first = 0
    while first < count:
        end = min(first + CHUNK, count)
        command = [sys.executable, "-m", "tests.quality.fuzz_images"]
        command += ["--seed", str(seed), "--child", str(first), str(end)]
        done = subprocess.run(command, check=False, capture_output=True)
        if done.returncode == 0:
            counts.update(json.loads(done.stdout.decode()))
            first = end
            continue
        told = done.stderr.decode(errors="replace").split("\n")
        numbers = [int(line) for line in told if line.isdigit()]
        last = numbers[-1] if numbers else first
        print(f"mutation {last} of seed {seed} ended the process: {done.returncode}", told[-6:])  # noqa: T201
        counts["died"] += 1
        # Those before it in this chunk are read once more, to be counted.
        if last > first:
            counts.update(fuzz_range(seed, first, last))
        first = last + 1
    return counts


def fuzz_range(seed: int, first: int, end: int) -> Counter[str]:
    """Read mutations that are known to end, and return how."""
    command = [sys.executable, "-m", "tests.quality.fuzz_images", "--seed", str(seed)]
    command += ["--child", str(first), str(end)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return collections.Counter(json.loads(done.stdout.decode()))


def main() -> int:
    """Return 0 if nothing died and no row of a bad file was touched."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=int, nargs=2)
    options = parser.parse_args()
    if options.child:
        child(options.seed, *options.child)
        return 0
    counts = fuzz(options.count, options.seed)
    print(f"{options.count} mutations: {dict(counts)}")  # noqa: T201
    return int(bool(counts["died"] or counts["touched"]))


if __name__ == "__main__":
    sys.exit(main())
