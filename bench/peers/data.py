"""What the bench exported for its peers: the engine's own normalised rows and its own initial weights."""

import json
import os

import numpy

ETA_MIN = 1e-5
ETA_MAX = 1e-1


class Data:
    """Rows as float32, labels as int64, in the order in which they are trained on."""

    def __init__(self, directory):
        self.directory = directory
        with open(os.path.join(directory, "layout.json"), encoding="utf8") as file:
            layout = json.load(file)
        self.inputs = layout["inputs"]
        self.classes = layout["classes"]
        self.batch_size = layout["batchSize"]
        self.train_rows, self.train_labels = self._part("train")
        self.validation_rows, self.validation_labels = self._part("validation")
        self.batches = len(self.train_labels) // self.batch_size

    def initial_weights(self, hidden, seed):
        """W1 (hidden x inputs) and W2 (hidden x classes); biases are 0."""
        path = os.path.join(self.directory, f"weights-{hidden}-{seed}.f32")
        values = numpy.fromfile(path, dtype=numpy.float32)
        first, second = numpy.split(values, [hidden * self.inputs])
        return first.reshape(hidden, self.inputs), second.reshape(hidden, self.classes)

    def _part(self, name):
        rows = numpy.fromfile(os.path.join(self.directory, f"{name}.f32"), dtype=numpy.float32)
        labels = numpy.fromfile(os.path.join(self.directory, f"{name}.u8"), dtype=numpy.uint8)
        return rows.reshape(-1, self.inputs), labels.astype(numpy.int64)


def learning_rates(step_size, cycles):
    """The triangular policy: up over step_size steps, down over step_size, `cycles` times."""
    steps = numpy.arange(2 * step_size * cycles)
    position = (steps % (2 * step_size)) / step_size
    return ETA_MIN + numpy.minimum(position, 2 - position) * (ETA_MAX - ETA_MIN)
