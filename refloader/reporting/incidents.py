"""The addresses of the public threads that requirements and facts refer to."""

from __future__ import annotations

import re
from typing import Optional

# Only repositories whose owner is certain: a link that leads elsewhere is worse than none.
_HOMES = {
    "6-PACK": "j96w/6-PACK",
    "BossSensor": "Hironsan/BossSensor",
    "GAN-weight-norm": "stormraiser/GAN-weight-norm",
    "KempnerForge": "KempnerInstitute/KempnerForge",
    "Keras-HDF5-ImageDataGenerator": "angulartist/Keras-HDF5-ImageDataGenerator",
    "Mask_RCNN": "matterport/Mask_RCNN",
    "Merlin/models": "NVIDIA-Merlin/models",
    "NVTabular": "NVIDIA-Merlin/NVTabular",
    "OpenPCDet": "open-mmlab/OpenPCDet",
    "PyMarlin": "microsoft/PyMarlin",
    "accelerate": "huggingface/accelerate",
    "asammdf": "danielhrisca/asammdf",
    "cartwheel_train": "mpkuse/cartwheel_train",
    "cascade": "Oxid15/cascade",
    "char-rnn-tensorflow": "sherjilozair/char-rnn-tensorflow",
    "darknet": "AlexeyAB/darknet",
    "datasets": "huggingface/datasets",
    "enzynet": "shervinea/enzynet",
    "fairseq": "facebookresearch/fairseq",
    "image-segmentation-keras": "divamgupta/image-segmentation-keras",
    "imbalanced-learn": "scikit-learn-contrib/imbalanced-learn",
    "imgaug": "aleju/imgaug",
    "keras": "keras-team/keras",
    "keras-data-generator": "afshinea/keras-data-generator",
    "keras-retinanet": "fizyr/keras-retinanet",
    "keras-yolo2": "experiencor/keras-yolo2",
    "kpp": "keras-team/keras-preprocessing",
    "mace": "ACEsuit/mace",
    "mxnet": "apache/mxnet",
    "prednet": "coxlab/prednet",
    "python4deepimagej": "deepimagej/python4deepimagej",
    "pytorch": "pytorch/pytorch",
    "pytorch-lightning": "Lightning-AI/pytorch-lightning",
    "segmentation_models": "qubvel/segmentation_models",
    "stable-worldmodel": "galilai-group/stable-worldmodel",
    "streaming": "mosaicml/streaming",
    "tensorpack": "tensorpack/tensorpack",
    "text-classification-cnn-rnn": "gaussic/text-classification-cnn-rnn",
    "tf": "tensorflow/tensorflow",
    "tfk": "keras-team/tf-keras",
}


def link(source: str) -> Optional[str]:
    """Return the address of a public thread, None where its repository's owner is not known."""
    found = re.search(r"(\S+?) ?#(\d+)$", re.sub(r"PR(?=#)| PR(?=#)|^PR ", "", source))
    home = _HOMES.get(found.group(1).strip()) if found else None
    return f"https://github.com/{home}/issues/{found.group(2)}" if found and home else None
